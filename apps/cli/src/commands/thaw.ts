import { join } from "node:path";
import { Args, Flags } from "@oclif/core";
import { EngineCommand } from "../engine/engine-command.ts";
import { thawChoices, thawFlags } from "../engine/thaw-flags.ts";
import { withAmounts } from "../engine/amounts.ts";
import { untilInterrupted } from "../engine/interrupted.ts";
import {
  cancelledText,
  commandLine,
  thawExitCode,
  thawPlanText,
  thawText,
} from "../engine/thaw-text.ts";
import { archiveArgument, runFlag } from "../flags.ts";

export default class Thaw extends EngineCommand {
  static override summary = "Ask cold destinations for what a restore will need.";
  static override description =
    "Asks for the frozen packs that a restore of the same paths will read, without restoring; those that another copy spares are not asked for. Where packs stay ready for a fixed time only, no more is asked for than can be fetched in it: restore asks for the rest. Ends with 6 while packs are being thawed, with 0 when all that was asked for can be read.";
  static override examples = [
    "<%= config.bin %> thaw photos.archive 2019/summer",
    "<%= config.bin %> thaw photos.archive --tier bulk --budget '5 EUR'",
    "<%= config.bin %> thaw photos.archive 2019 --dry-run",
    "<%= config.bin %> thaw photos.archive --cancel",
  ];

  static override args = {
    archive: archiveArgument,
    path: Args.string({
      name: "PATH",
      description: "paths in the archive, or patterns with * ? [ ] { }; default: everything",
      multiple: true,
    }),
  };

  static override flags = {
    run: runFlag,
    ...thawFlags,
    cancel: Flags.boolean({
      description: "close restores that wait; what was asked for goes on and may be charged",
      exclusive: ["wait", "tier", "days", "budget", "from", "run"],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Thaw);
    const select = args.path ?? [];
    if (flags.cancel) {
      await this.cancel(args.archive, select);
      return;
    }
    const { moneyText, planRestore, thawArchive } = await import("@coldstow/archiver");
    const wanted = {
      ...(await this.engine(args.archive)),
      path: args.archive,
      thaw: await thawChoices(flags, join(this.config.configDir, "tariffs")),
      ...(flags.run === undefined ? {} : { run: flags.run }),
      ...(flags.from === undefined ? {} : { from: flags.from }),
      ...(select.length === 0 ? {} : { select }),
    };
    const head = { archive: args.archive };
    if (this.globals.dryRun) {
      const {
        run,
        thaw: plan = [],
        cost,
      } = await untilInterrupted(this.signal, "Nothing was changed.", () => planRestore(wanted));
      const document = { ...head, dryRun: true, run, plan, ...(cost && { cost }) };
      await this.answer(withAmounts(document), () =>
        plan.length === 0
          ? "Nothing has to be thawed. Nothing was changed."
          : `${thawPlanText(plan, moneyText)}\nNothing was changed.`,
      );
      return;
    }
    const again = commandLine(["coldstow", this.id ?? "thaw", ...this.argv]);
    const hint = `What was asked for is noted, and is not asked for twice. Go on: ${again}`;
    const result = await untilInterrupted(this.signal, hint, () => thawArchive(wanted));
    process.exitCode = thawExitCode(result);
    const { comeBackAt, ...figures } = result;
    const isWaiting = result.outcome === "waiting";
    const document = { ...head, ...figures, ...(isWaiting && { comeBackAt }) };
    await this.answer(withAmounts(document), () =>
      thawText(
        result,
        again,
        commandLine(["coldstow", "restore", args.archive, "DEST", ...select]),
      ),
    );
  }

  private async cancel(archive: string, select: readonly string[]): Promise<void> {
    const { cancelThaw } = await import("@coldstow/archiver");
    if (this.globals.dryRun) {
      const { refuseDryRun } = await import("../engine/refuse-dry-run.ts");
      refuseDryRun("thaw --cancel", "coldstow status shows what waits.");
    }
    const cancelled = await cancelThaw(archive, select);
    await this.answer({ archive, cancelled }, () => cancelledText(cancelled));
  }
}
