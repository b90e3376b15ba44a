import type { RestoreFigures } from "@coldstow/archiver";
import { Args, Flags } from "@oclif/core";
import { destinationFlag, EngineCommand, identityFlag } from "../engine/engine-command.ts";
import { recoveryExitCode, recoveryText } from "../engine/recovery-outcome.ts";
import { refuseDryRun } from "../engine/refuse-dry-run.ts";

export default class Decrypt extends EngineCommand {
  static override summary = "Open downloaded packs with nothing but a key.";
  static override description =
    "Opens a folder of packs, one pack, or the packs of a destination, without an archive file: with the passphrase of the identity.age that lies there, or with a recovery key. pyArchiver's tars open, too. What is whole is brought back, past damage; what is lost is named, and the command ends with 13.";
  static override aliases = ["decipher"];
  static override examples = [
    "<%= config.bin %> decrypt ~/downloads/photos ~/back",
    "<%= config.bin %> decrypt p000001-80j6t19h4rkxr4wx.tar.age ~/back --identity recovery-key.txt",
    "<%= config.bin %> decrypt sftp://ann@nas/backup ~/back",
  ];

  static override args = {
    source: Args.string({
      name: "SRC",
      description: "a folder with packs, one pack, a destination's URL, or an ini",
      required: true,
    }),
    dest: Args.string({
      name: "DEST",
      description: "the directory to write to; made if it is not there",
      required: true,
    }),
  };

  static override flags = {
    overwrite: Flags.boolean({ description: "replace what is there already" }),
    destination: destinationFlag,
    identity: identityFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Decrypt);
    if (this.globals.dryRun)
      refuseDryRun("decrypt", "It only reads the packs, and keeps what is in its way.");
    const { decryptSource } = await import("@coldstow/archiver");
    const { source, close } = await this.packSource(args.source, flags.destination);
    let figures: RestoreFigures;
    try {
      figures = await decryptSource({
        source,
        destination: args.dest,
        keys: await this.sourceKeys(flags.identity),
        onExisting: flags.overwrite ? "overwrite" : "keep",
        progress: await this.progress(),
        signal: this.signal,
      });
    } finally {
      await close();
    }
    process.exitCode = recoveryExitCode(figures);
    const document = { source: args.source, destination: args.dest, ...figures };
    await this.answer(document, () => recoveryText(args.dest, figures));
  }
}
