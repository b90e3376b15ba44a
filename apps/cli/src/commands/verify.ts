import type { VerifyLevel } from "@coldstow/archiver";
import { Flags } from "@oclif/core";
import { EngineCommand, identityFlag } from "../engine/engine-command.ts";
import { refuseDryRun } from "../engine/refuse-dry-run.ts";
import { verifyExitCode, verifyText } from "../engine/verify-text.ts";
import { archiveArgument } from "../flags.ts";
import { passphraseGiven } from "../passphrase/passphrase.ts";

const levels: readonly VerifyLevel[] = ["exists", "size", "digest", "decrypt", "sample"];

export default class Verify extends EngineCommand {
  static override summary = "Prove that the copies are what was stored.";
  static override description =
    "Looks at every copy: exists lists it, size compares its size, digest reads every byte, decrypt also opens it and compares every file, sample does that for a random share. Without --level it is decrypt where the passphrase is given by a file, a command or the environment, else digest. What is found is noted, and coldstow resume heals it from another copy, or stores it again. Ends with 13 where something is wrong.";
  static override examples = [
    "<%= config.bin %> verify photos.archive",
    "<%= config.bin %> verify photos.archive --level size --destination sftp:nas",
    "<%= config.bin %> verify photos.archive --level sample --share 10 --password-file pass",
  ];

  static override args = { archive: archiveArgument };

  static override flags = {
    level: Flags.option({ description: "how closely to look", options: levels })(),
    destination: Flags.string({
      description: "only this destination; may be given several times",
      helpValue: "NAME",
      multiple: true,
    }),
    share: Flags.integer({
      description: "for sample: how many packs in a hundred; default 5",
      helpValue: "PERCENT",
      min: 1,
      max: 100,
    }),
    seed: Flags.string({
      description: "for sample: choose the same packs as an earlier verification",
      helpValue: "SEED",
    }),
    "max-age": Flags.integer({
      description: "do not read again what was verified within so many days",
      helpValue: "DAYS",
      min: 0,
    }),
    identity: identityFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Verify);
    const { level, destination, share, seed } = flags;
    if (this.globals.dryRun) {
      refuseDryRun("verify", "It changes nothing at the destinations, and notes what it sees.");
    }
    const { verifyCopies } = await import("@coldstow/archiver");
    const report = await verifyCopies({
      ...(await this.engine(args.archive)),
      path: args.archive,
      keys: await this.keys(flags.identity),
      hasKeys: passphraseGiven(this.globals),
      ...(level === undefined ? {} : { level }),
      ...(destination === undefined ? {} : { destinations: destination }),
      ...(share === undefined ? {} : { sampleShare: share / 100 }),
      ...(seed === undefined ? {} : { seed }),
      ...(flags["max-age"] === undefined ? {} : { maxAgeDays: flags["max-age"] }),
    });
    process.exitCode = verifyExitCode(report);
    await this.answer({ archive: args.archive, ...report }, () => verifyText(args.archive, report));
  }
}
