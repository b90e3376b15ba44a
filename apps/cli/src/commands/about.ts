import { Args } from "@oclif/core";
import { archiveDocument, archiveFacts, archiveText } from "../archive/archive-facts.ts";
import { withCatalogue } from "../archive/with-catalogue.ts";
import { BaseCommand } from "../base-command.ts";
import { declaredBackends } from "../plugins/declared-backends.ts";
import { facts } from "../render/table.ts";

export default class About extends BaseCommand {
  static override summary = "Say what an archive is, or what this coldstow is.";
  static override description =
    "With an archive: its name, what is in it, where its copies lie, its last run. Without one: the version, the backends that are installed and where coldstow keeps its own files.";
  static override examples = [
    "<%= config.bin %> about photos.archive",
    "<%= config.bin %> about --json",
  ];

  static override args = {
    archive: Args.string({ name: "ARCHIVE", description: "the archive, such as photos.archive" }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(About);
    if (args.archive === undefined) {
      await this.aboutProgram();
      return;
    }
    const archive = await withCatalogue(args.archive, { readOnly: true }, archiveFacts);
    await this.answer(archiveDocument(archive), () => archiveText(archive));
  }

  private async aboutProgram(): Promise<void> {
    const backends = [...declaredBackends(this.config).values()];
    const { version, platform, arch, dataDir } = this.config;
    await this.answer(
      {
        version,
        node: process.version,
        platform: `${platform}-${arch}`,
        dataDirectory: dataDir,
        backends: backends.map(({ scheme, title, packageName }) => ({
          scheme,
          title,
          packageName,
        })),
      },
      () =>
        facts([
          ["coldstow", version],
          ["Node", `${process.version} on ${platform}-${arch}`],
          ["Own files", dataDir],
          ...backends.map(({ scheme, title }) => [`Backend ${scheme}`, title] as const),
        ]),
    );
  }
}
