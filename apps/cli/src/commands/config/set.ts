import {
  changeSetting,
  findSettingName,
  isSecretKey,
  parseIni,
  readSettings,
  schemeOfSection,
  specsOfSection,
} from "@coldstow/archiver/settings";
import { ColdstowError } from "@coldstow/contracts";
import { Args } from "@oclif/core";
import { BaseCommand } from "../../base-command.ts";
import { tell } from "../../output.ts";
import { askHidden, requireTerminal } from "../../passphrase/terminal.ts";
import { declaredBackends } from "../../plugins/declared-backends.ts";
import { backendSpecs } from "../../plugins/load-backend.ts";
import { openSettings, type SettingsTarget } from "../../settings/settings-target.ts";

export default class ConfigSet extends BaseCommand {
  static override summary = "Change one setting of an archive or an ini file.";
  static override description =
    "Comments and order stay as they are. The name is section.key; pyArchiver's section_key works too. A secret is asked for, never taken from the arguments, and never stored in an archive.";
  static override aliases = ["modify"];
  static override examples = [
    "<%= config.bin %> config set photos.ini tar.size_tar 512",
    "<%= config.bin %> config set photos.archive sftp:nas.host nas.example",
    "<%= config.bin %> modify photos.archive sftp_host nas.example",
  ];

  static override args = {
    target: Args.string({
      name: "ARCHIVE|INI",
      description: "an archive or an ini file",
      required: true,
    }),
    setting: Args.string({
      name: "SETTING",
      description: "its name, such as archive.name or sftp:nas.host",
      required: true,
    }),
    value: Args.string({ name: "VALUE", description: "its new value" }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(ConfigSet);
    const target = await openSettings(args.target);
    const source = args.target;
    const document = parseIni(target.text, { source });
    const schemes = document.sections.map(({ name }) => schemeOfSection(name));
    const backends = await backendSpecs(this.config, [
      ...schemes,
      ...declaredBackends(this.config).keys(),
    ]);
    const name = findSettingName(document, args.setting, backends);
    const isSecret = isSecretKey(name.key, specsOfSection(name.section, backends));
    const value = isSecret ? await this.secret(target, args.setting, args.value) : args.value;
    if (value === undefined) {
      throw new ColdstowError("E_USAGE", `no value for ${args.setting} was given`, {
        subject: args.setting,
      });
    }
    const text = changeSetting(target.text, args.setting, value, { source, backends });
    const { warnings } = readSettings(text, { source, backends });
    for (const warning of warnings) tell(`Warning: ${warning.message}`);
    const changed = text !== target.text;
    if (changed && !this.globals.dryRun) await target.save(text);
    const shown = isSecret ? "the secret" : JSON.stringify(value);
    const verb = this.globals.dryRun ? "would be set" : "is set";
    await this.answer(
      {
        setting: `${name.section}.${name.key}`,
        value: isSecret ? null : value,
        changed: changed && !this.globals.dryRun,
      },
      () => `[${name.section}] ${name.key} ${verb} to ${shown}.`,
    );
  }

  private async secret(
    target: SettingsTarget,
    setting: string,
    value: string | undefined,
  ): Promise<string> {
    const ways = `${setting}_file, ${setting}_command or ${setting}_env`;
    if (target.kind === "archive") {
      throw new ColdstowError("E_CONFIG", "an archive keeps no secret; nothing was changed", {
        subject: setting,
        hint: `Set ${ways}, which say where to find it.`,
      });
    }
    if (value !== undefined) {
      throw new ColdstowError(
        "E_USAGE",
        "a secret is not taken from the arguments, where others can read it; nothing was changed",
        { subject: setting, hint: `Leave the value out to be asked for it, or set ${ways}.` },
      );
    }
    const asking = { noInput: this.globals.noInput, signal: this.signal };
    requireTerminal(`the value of ${setting}`, `Run it on a terminal, or set ${ways}.`, asking);
    return askHidden(`${setting}:`, asking);
  }
}
