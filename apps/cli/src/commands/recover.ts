import type { RecoverResult } from "@coldstow/archiver";
import { displayPath } from "@coldstow/contracts";
import { Args, Flags } from "@oclif/core";
import { destinationFlag, EngineCommand, identityFlag } from "../engine/engine-command.ts";
import { recoveryExitCode, recoveryText } from "../engine/recovery-outcome.ts";
import { refuseDryRun } from "../engine/refuse-dry-run.ts";

export default class Recover extends EngineCommand {
  static override summary = "Rebuild archive and files from a destination alone, past damage.";
  static override description =
    "Brings the archive file back from the copy that lies at the destination, or rebuilds it from the packs, and restores the newest state of all files. Damaged places cost no more than the bytes in them: what is left of a file is kept under another name. The destination is only read: a folder, a URL such as sftp://ann@nas/backup, or one of an ini file's. Ends with 13 where something is lost.";
  static override examples = [
    "<%= config.bin %> recover /mnt/nas/photos ~/back",
    "<%= config.bin %> recover /mnt/nas/photos ~/back --archive photos.archive --rebuild",
    "<%= config.bin %> recover /mnt/nas/photos --archive photos.archive",
    "<%= config.bin %> recover sftp://ann@nas/backup ~/back",
    "<%= config.bin %> recover photos.ini ~/back --destination sftp:nas",
  ];

  static override args = {
    source: Args.string({
      name: "DIR|URL|INI",
      description: "the destination: the folder where README-RECOVERY.txt lies, its URL, or an ini",
      required: true,
    }),
    dest: Args.string({
      name: "DEST",
      description: "where the files go; without it only the archive file is brought back",
    }),
  };

  static override flags = {
    archive: Flags.string({
      description: "write the archive file here; default: NAME.archive beside DEST",
      helpValue: "FILE",
    }),
    rebuild: Flags.boolean({
      description: "rebuild the archive file from the packs, whatever copies of it are there",
    }),
    overwrite: Flags.boolean({ description: "replace what is there already" }),
    destination: destinationFlag,
    identity: identityFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Recover);
    if (this.globals.dryRun)
      refuseDryRun("recover", "It only reads the destination, and keeps what is in its way.");
    const { recoverSource } = await import("@coldstow/archiver");
    const { close, ...place } = await this.packSource(args.source, flags.destination);
    let result: RecoverResult;
    try {
      result = await recoverSource({
        ...place,
        destination: args.dest,
        keys: await this.sourceKeys(flags.identity),
        ...(flags.archive === undefined ? {} : { catalogue: flags.archive }),
        rebuild: flags.rebuild,
        onExisting: flags.overwrite ? "overwrite" : "keep",
        progress: await this.progress(),
        signal: this.signal,
      });
    } finally {
      await close();
    }
    const { cataloguePath, archiveId, from, run, ...figures } = result;
    process.exitCode = recoveryExitCode(figures);
    const facts = { source: args.source, destination: args.dest ?? null, archive: cataloguePath };
    await this.answer({ ...facts, archiveId, from, run, ...figures }, () => {
      const how = from === "copy" ? "brought back from its copy" : "rebuilt from the packs";
      const head = `${displayPath(cataloguePath)} was ${how}.`;
      return args.dest === undefined ? head : `${head}\n${recoveryText(args.dest, figures)}`;
    });
  }
}
