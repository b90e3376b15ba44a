import { Flags } from "@oclif/core";
import { EngineCommand } from "../engine/engine-command.ts";
import { refuseDryRun } from "../engine/refuse-dry-run.ts";
import { updateExitCode, updateText } from "../engine/update-text.ts";
import { archiveArgument } from "../flags.ts";
import { recoveryKeyPlace } from "../recovery-key/recovery-key-place.ts";

export default class Update extends EngineCommand {
  static override summary = "Raise an archive of an older format, pyArchiver's too.";
  static override description =
    "Raises an archive of an older coldstow, or converts one of pyArchiver in its place; the old file is kept beside it. Where pyArchiver encrypted, a new passphrase is asked for, which locks the packs to come; the tars keep their old password. With --tars every tar is read once, so that the archive knows what lies in it.";
  static override examples = [
    "<%= config.bin %> update photos.archive",
    "<%= config.bin %> update photos.archive --tars /mnt/nas/photos --tars-password-file old-password",
  ];

  static override args = { archive: archiveArgument };

  static override flags = {
    tars: Flags.string({
      description: "read pyArchiver's tars in this folder",
      helpValue: "FOLDER",
    }),
    "tars-password-file": Flags.string({
      description: "a file whose one line is pyArchiver's password",
      helpValue: "FILE",
    }),
    "recovery-out": Flags.string({
      description: "write the recovery key to this new file",
      helpValue: "FILE",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Update);
    if (this.globals.dryRun) refuseDryRun("update", "It keeps the old file beside the new one.");
    const { updateArchive } = await import("@coldstow/archiver");
    const path = args.archive;
    const place = recoveryKeyPlace(path, flags["recovery-out"], this.globals);
    const outcome = await updateArchive({
      path,
      newPassphrase: () =>
        this.passphrase({ subject: `the packs to come of ${path}`, isNew: true }),
      keepRecoveryKey: async (recovery) => {
        const { keepRecoveryKey } = await import("../recovery-key/keep-recovery-key.ts");
        return keepRecoveryKey(recovery, place);
      },
      ...(flags.tars === undefined
        ? {}
        : {
            tars: {
              folder: flags.tars,
              password: () => this.tarsPassword(flags["tars-password-file"]),
            },
          }),
      progress: await this.progress(),
      signal: this.signal,
    });
    process.exitCode = updateExitCode(outcome);
    await this.answer({ archive: path, ...outcome }, () => updateText(path, outcome));
  }
}
