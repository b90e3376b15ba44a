import { Args, Flags } from "@oclif/core";
import { EngineCommand, identityFlag } from "../engine/engine-command.ts";
import { recoveryExitCode, recoveryText } from "../engine/recovery-outcome.ts";
import { refuseDryRun } from "../engine/refuse-dry-run.ts";

export default class Decrypt extends EngineCommand {
  static override summary = "Open downloaded packs with nothing but a key.";
  static override description =
    "Opens a folder of packs, or one pack, without an archive file: with the passphrase of the identity.age that lies there, or with a recovery key. pyArchiver's tars open, too. What is whole is brought back, past damage; what is lost is named, and the command ends with 13.";
  static override aliases = ["decipher"];
  static override examples = [
    "<%= config.bin %> decrypt ~/downloads/photos ~/back",
    "<%= config.bin %> decrypt p000001-80j6t19h4rkxr4wx.tar.age ~/back --identity recovery-key.txt",
  ];

  static override args = {
    source: Args.string({
      name: "SRC",
      description: "a folder with packs, or one pack",
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
    identity: identityFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Decrypt);
    if (this.globals.dryRun)
      refuseDryRun("decrypt", "It only reads the packs, and keeps what is in its way.");
    const { decryptSource } = await import("@coldstow/archiver");
    const figures = await decryptSource({
      source: args.source,
      destination: args.dest,
      keys: await this.sourceKeys(flags.identity),
      onExisting: flags.overwrite ? "overwrite" : "keep",
      progress: await this.progress(),
      signal: this.signal,
    });
    process.exitCode = recoveryExitCode(figures);
    const document = { source: args.source, destination: args.dest, ...figures };
    await this.answer(document, () => recoveryText(args.dest, figures));
  }
}
