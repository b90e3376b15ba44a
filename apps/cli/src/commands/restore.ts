import { join } from "node:path";
import { Args, Flags } from "@oclif/core";
import { EngineCommand, identityFlag } from "../engine/engine-command.ts";
import { withAmounts } from "../engine/amounts.ts";
import { untilInterrupted } from "../engine/interrupted.ts";
import { restoreExitCode, restoreOutcomeText, restorePlanText } from "../engine/restore-outcome.ts";
import { thawChoices, thawFlags } from "../engine/thaw-flags.ts";
import { commandLine } from "../engine/thaw-text.ts";
import { archiveArgument, runFlag } from "../flags.ts";

export default class Restore extends EngineCommand {
  static override summary = "Bring files back, all of them or some, as of any run.";
  static override description =
    "Puts the archive's paths below DEST: all of them, or the paths and patterns named. Every file is checked against its digest before it gets its name. What is there already is kept, unless --overwrite is given; the same command again goes on where it was cut. Packs that are frozen are asked for, where no other copy spares it; what is ready is restored at once. Ends with 6 where packs are being thawed: the same command goes on at the hour it names. Ends with 13 where a file is damaged in every copy, with 3 where one could not be written.";
  static override examples = [
    "<%= config.bin %> restore photos.archive ~/back",
    "<%= config.bin %> restore photos.archive ~/back 2019/summer '*.jpg' --run 3",
    "<%= config.bin %> restore photos.archive ~/back --identity recovery-key.txt",
    "<%= config.bin %> restore photos.archive ~/back 2019 --dry-run",
    "<%= config.bin %> restore photos.archive ~/back --wait --budget '5 EUR'",
  ];

  static override args = {
    archive: archiveArgument,
    dest: Args.string({
      name: "DEST",
      description: "the directory to restore into; made if it is not there",
      required: true,
    }),
    path: Args.string({
      name: "PATH",
      description: "paths in the archive, or patterns with * ? [ ] { }; default: everything",
      multiple: true,
    }),
  };

  static override flags = {
    run: runFlag,
    overwrite: Flags.boolean({ description: "replace what is there already" }),
    identity: identityFlag,
    ...thawFlags,
    tars: Flags.string({
      description: "where pyArchiver's tars are, for an archive that was converted",
      helpValue: "FOLDER",
    }),
    "tars-password-file": Flags.string({
      description: "a file whose one line is pyArchiver's password",
      helpValue: "FILE",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Restore);
    const { moneyText, planRestore, restoreArchive } = await import("@coldstow/archiver");
    const select = args.path ?? [];
    const wanted = {
      ...(await this.engine(args.archive)),
      path: args.archive,
      destination: args.dest,
      thaw: await thawChoices(flags, join(this.config.configDir, "tariffs")),
      onExisting: flags.overwrite ? ("overwrite" as const) : ("keep" as const),
      ...(flags.run === undefined ? {} : { run: flags.run }),
      ...(flags.from === undefined ? {} : { from: flags.from }),
      ...(select.length === 0 ? {} : { select }),
    };
    const head = { archive: args.archive, destination: args.dest };
    if (this.globals.dryRun) {
      const plan = await untilInterrupted(this.signal, "Nothing was changed.", () =>
        planRestore(wanted),
      );
      const document = { ...head, dryRun: true, ...withAmounts(plan) };
      await this.answer(document, () => restorePlanText(plan, moneyText));
      return;
    }
    const again = commandLine(["coldstow", this.id ?? "restore", ...this.argv]);
    const hint = `What was restored is whole. Go on: ${again}`;
    const keys = await this.keys(flags.identity);
    const outcome = await untilInterrupted(this.signal, hint, () =>
      restoreArchive({
        ...wanted,
        keys,
        tars: {
          ...(flags.tars === undefined ? {} : { folder: flags.tars }),
          password: () => this.tarsPassword(flags["tars-password-file"]),
        },
      }),
    );
    process.exitCode = restoreExitCode(outcome);
    const comeBackAt = outcome.waiting?.comeBackAt;
    const document = {
      ...head,
      ...withAmounts(outcome),
      ...(comeBackAt !== undefined && { comeBackAt }),
    };
    await this.answer(document, () => restoreOutcomeText(args.dest, outcome, again));
  }
}
