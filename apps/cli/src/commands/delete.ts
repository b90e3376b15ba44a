import type { DeletionFacts } from "@coldstow/archiver";
import { ColdstowError } from "@coldstow/contracts";
import { Flags } from "@oclif/core";
import { deleteExitCode, deleteText, deletionQuestion } from "../engine/delete-text.ts";
import { EngineCommand } from "../engine/engine-command.ts";
import { archiveArgument } from "../flags.ts";
import { confirmWord } from "../passphrase/confirmation.ts";

export default class Delete extends EngineCommand {
  static override summary = "Delete an archive's copies at its destinations.";
  static override description =
    "Deletes the archive's packs at every destination, or at those named, after its name was typed; --yes alone does not do. Only what this archive stored is touched. The catalogue stays and says what was deleted.";
  static override examples = [
    "<%= config.bin %> delete photos.archive",
    "<%= config.bin %> delete photos.archive --destination sftp:nas --dry-run",
    "<%= config.bin %> delete photos.archive --confirm photos --no-input",
  ];

  static override args = { archive: archiveArgument };

  static override flags = {
    destination: Flags.string({
      description: "only at this destination; may be given several times",
      helpValue: "NAME",
      multiple: true,
    }),
    confirm: Flags.string({
      description: "the archive's name, to confirm without being asked",
      helpValue: "NAME",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Delete);
    const { deleteCopies, planDeletion } = await import("@coldstow/archiver");
    const wanted = {
      path: args.archive,
      ...(flags.destination === undefined ? {} : { destinations: flags.destination }),
    };
    if (this.globals.dryRun) {
      const facts = await planDeletion(wanted);
      const document = { archive: args.archive, dryRun: true, ...facts };
      await this.answer(document, () => `${deletionQuestion(facts)}\nNothing was deleted.`);
      return;
    }
    const engine = await this.engine(args.archive);
    const report = await deleteCopies({
      ...engine,
      ...wanted,
      confirm: (facts) => this.confirmName(facts, flags.confirm),
    });
    process.exitCode = deleteExitCode(report);
    await this.answer({ archive: args.archive, ...report }, () => deleteText(args.archive, report));
  }

  private async confirmName(facts: DeletionFacts, given: string | undefined): Promise<void> {
    if (given === facts.name) return;
    if (given !== undefined) {
      throw new ColdstowError(
        "E_DECLINED",
        `--confirm names ${JSON.stringify(given)}, but the archive is ${JSON.stringify(facts.name)}; nothing was deleted`,
        { subject: given, hint: "" },
      );
    }
    const hint = `Give --confirm ${facts.name}, or run it on a terminal.`;
    await confirmWord(
      { question: deletionQuestion(facts), word: facts.name, hint },
      this.globals,
      this.signal,
    );
  }
}
