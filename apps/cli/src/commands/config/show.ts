import { readSettings, schemeOfSection, parseIni } from "@coldstow/archiver/settings";
import { Args } from "@oclif/core";
import { BaseCommand } from "../../base-command.ts";
import { tell } from "../../output.ts";
import { backendSpecs } from "../../plugins/load-backend.ts";
import { facts } from "../../render/table.ts";
import { settingsDocument, settingsFacts } from "../../settings/describe-settings.ts";
import { openSettings } from "../../settings/settings-target.ts";

export default class ConfigShow extends BaseCommand {
  static override summary = "Show the settings of an archive or an ini file.";
  static override description =
    "Every setting is shown with the value in use, under the name that config set takes. Secrets are not shown, only where they come from.";
  static override examples = [
    "<%= config.bin %> config show photos.ini",
    "<%= config.bin %> config show photos.archive --json",
  ];

  static override args = {
    target: Args.string({
      name: "ARCHIVE|INI",
      description: "an archive or an ini file",
      required: true,
    }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(ConfigShow);
    const { text } = await openSettings(args.target);
    const source = args.target;
    const schemes = parseIni(text, { source }).sections.map(({ name }) => schemeOfSection(name));
    const backends = await backendSpecs(this.config, schemes);
    const { settings, warnings } = readSettings(text, { source, backends });
    for (const warning of warnings) tell(`Warning: ${warning.message}`);
    await this.answer(
      { settings: settingsDocument(settings), warnings: warnings.map(({ message }) => message) },
      () => facts(settingsFacts(settings)),
    );
  }
}
