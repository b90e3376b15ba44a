import { Args, Flags } from "@oclif/core";
import type { CatalogueEntry, FindOptions } from "@coldstow/catalogue";
import { entryDocument, entryLine } from "../archive/entry-document.ts";
import { requireRun } from "../archive/require-run.ts";
import { rowsOf } from "../archive/rows-of.ts";
import { withCatalogue } from "../archive/with-catalogue.ts";
import { BaseCommand } from "../base-command.ts";
import { archiveArgument, runFlag, sizeFlag, timeFlag } from "../flags.ts";

const kinds = ["file", "directory", "symlink"] as const;

// A word without a wildcard is looked for anywhere in the name.
function nameOptions(word: string | undefined): Pick<FindOptions, "glob" | "contains"> {
  if (word === undefined) return {};
  return /[*?[]/.test(word) ? { glob: word } : { contains: word };
}

function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const pairs = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(pairs) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

export default class Find extends BaseCommand {
  static override summary = "Search an archive by name, size and time.";
  static override description =
    "Looks for a word in the names of files and directories, or for names that a pattern with * ? [ ] matches. Nothing is fetched.";
  static override examples = [
    "<%= config.bin %> find photos.archive sunset",
    "<%= config.bin %> find photos.archive '*.CR2' --under 2019 --min-size 20M",
    "<%= config.bin %> find photos.archive --deleted --long",
  ];

  static override args = {
    archive: archiveArgument,
    name: Args.string({ name: "NAME", description: "a word in the name, or a pattern" }),
  };

  static override flags = {
    extension: Flags.string({ description: "with this ending, without the dot", helpValue: "EXT" }),
    kind: Flags.option({ description: "only of this kind", options: kinds })(),
    under: Flags.string({ description: "only below this directory", helpValue: "DIR" }),
    "min-size": sizeFlag({ description: "at least this large, such as 20M" }),
    "max-size": sizeFlag({ description: "at most this large" }),
    since: timeFlag({ description: "modified then or later, such as 2026-03-01" }),
    before: timeFlag({ description: "modified before then" }),
    deleted: Flags.boolean({ description: "what was in the archive once and is deleted since" }),
    long: Flags.boolean({ char: "l", description: "with size and time" }),
    run: runFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Find);
    const wanted = given({
      extension: flags.extension?.replace(/^\./, ""),
      kind: flags.kind,
      under: flags.under?.replace(/^\.?\/+|\/+$/g, ""),
      minSizeBytes: flags["min-size"],
      maxSizeBytes: flags["max-size"],
      modifiedFromNs: flags.since,
      modifiedBeforeNs: flags.before,
    });
    await withCatalogue(args.archive, { readOnly: true }, async (catalogue) => {
      const run = await requireRun(catalogue, flags.run);
      const options = { ...nameOptions(args.name), ...wanted, run, deleted: flags.deleted };
      const found = rowsOf<CatalogueEntry, number>((after) =>
        catalogue.find({ ...options, ...after }),
      );
      await this.answerRows("entries", found, {
        json: entryDocument,
        text: (entry) => entryLine(entry, flags.long),
      });
    });
  }
}
