import type { ReadIni } from "@coldstow/archiver";
import { Args, Flags } from "@oclif/core";
import { EngineCommand } from "../engine/engine-command.ts";
import { planDocument, planText } from "../engine/plan-text.ts";
import { runExitCode, runOutcomeDocument, runOutcomeText } from "../engine/run-outcome.ts";
import { tell } from "../output.ts";
import { recoveryKeyPlace } from "../recovery-key/recovery-key-place.ts";

export default class Start extends EngineCommand {
  static override summary = "Make an archive as an ini file says, and store everything.";
  static override description =
    "Makes NAME.archive in this directory, with a key that a new passphrase locks, and stores the directory's files at every destination. A recovery key is shown once on the terminal, or written to NAME.recovery-key.txt where there is none: keep it apart from the copies. When it is cut, coldstow resume goes on.";
  static override examples = [
    "<%= config.bin %> start photos.ini",
    "<%= config.bin %> start photos.ini --dry-run",
    "<%= config.bin %> start photos.ini --archive ~/archives/photos.archive --password-command 'pass photos'",
  ];

  static override args = {
    ini: Args.string({
      name: "INI",
      description: "the settings, as init wrote them",
      required: true,
    }),
  };

  static override flags = {
    archive: Flags.string({
      description: "make this file instead of NAME.archive here",
      helpValue: "FILE",
    }),
    "recovery-out": Flags.string({
      description: "write the recovery key to this new file",
      helpValue: "FILE",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Start);
    const { checkStart, planStart, readIni, startArchive } = await import("@coldstow/archiver");
    const engine = await this.engine(args.ini);
    const ini = await readIni(args.ini, engine.backends);
    for (const { message } of ini.warnings) tell(`Warning: ${message}`);
    const path = flags.archive ?? `${ini.settings.name}.archive`;
    checkStart({ path, ini });
    if (this.globals.dryRun) {
      const plan = await planStart({ ...engine, path, ini });
      await this.answer(planDocument(path, plan), () => planText(plan));
      return;
    }
    const passphrase = await this.newPassphrase(ini);
    const place = recoveryKeyPlace(path, flags["recovery-out"], this.globals);
    const outcome = await startArchive({
      ...engine,
      path,
      ini,
      passphrase,
      keepRecoveryKey: async (recovery) => {
        const { keepRecoveryKey } = await import("../recovery-key/keep-recovery-key.ts");
        return keepRecoveryKey(recovery, place);
      },
    });
    process.exitCode = runExitCode(outcome);
    const keyFile = passphrase === undefined ? null : (place.file ?? null);
    const document = { ...runOutcomeDocument(path, outcome), recoveryKeyFile: keyFile };
    await this.answer(document, () => runOutcomeText(path, outcome));
  }

  private async newPassphrase({ settings }: ReadIni): Promise<string | undefined> {
    if (!settings.ciphered) return undefined;
    const { name, password } = settings;
    return this.passphrase({ subject: name, isNew: true, configured: password });
  }
}
