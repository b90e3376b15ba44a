import type { Catalogue, CatalogueEntry } from "@coldstow/catalogue";
import { Args, Flags } from "@oclif/core";
import { entryDocument, entryLine } from "../archive/entry-document.ts";
import { requireRun } from "../archive/require-run.ts";
import { rowsOf } from "../archive/rows-of.ts";
import { withCatalogue } from "../archive/with-catalogue.ts";
import { BaseCommand } from "../base-command.ts";
import { archiveArgument, runFlag } from "../flags.ts";

async function* listed(
  catalogue: Catalogue,
  path: string,
  options: { readonly run: number; readonly recursive: boolean },
): AsyncGenerator<CatalogueEntry> {
  const entry = path === "" ? undefined : await catalogue.entryAt(path, options.run);
  if (entry !== undefined && entry.kind !== "directory") yield entry;
  else
    yield* rowsOf<CatalogueEntry, string>((after) =>
      catalogue.list(path, { ...options, ...after }),
    );
}

export default class Ls extends BaseCommand {
  static override summary = "List what an archive holds.";
  static override description =
    "Lists a directory of the archive, as it was in the newest run or in an earlier one. Nothing is fetched.";
  static override examples = [
    "<%= config.bin %> ls photos.archive",
    "<%= config.bin %> ls photos.archive 2019/summer --long",
    "<%= config.bin %> ls photos.archive --recursive --run 3 --json",
  ];

  static override args = {
    archive: archiveArgument,
    path: Args.string({
      name: "PATH",
      description: "a directory or file; default: the top",
    }),
  };

  static override flags = {
    long: Flags.boolean({ char: "l", description: "with size and time" }),
    recursive: Flags.boolean({ char: "R", description: "with everything below" }),
    run: runFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Ls);
    const path = (args.path ?? "").replace(/^\.?\/+|\/+$/g, "").replace(/^\.$/, "");
    await withCatalogue(args.archive, { readOnly: true }, async (catalogue) => {
      const run = await requireRun(catalogue, flags.run);
      await this.answerRows(
        "entries",
        listed(catalogue, path, { run, recursive: flags.recursive }),
        { json: entryDocument, text: (entry) => entryLine(entry, flags.long) },
      );
    });
  }
}
