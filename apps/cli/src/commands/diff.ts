import type { DiffCursor, Difference } from "@coldstow/catalogue";
import { displayPath } from "@coldstow/contracts";
import { Args } from "@oclif/core";
import { entryDocument } from "../archive/entry-document.ts";
import { requireRun } from "../archive/require-run.ts";
import { rowsOf } from "../archive/rows-of.ts";
import { withCatalogue } from "../archive/with-catalogue.ts";
import { BaseCommand } from "../base-command.ts";
import { archiveArgument } from "../flags.ts";

const marks: Readonly<Record<Difference["change"], string>> = {
  added: "+",
  removed: "-",
  changed: "~",
  metadata: "m",
};

function differenceDocument({ change, path, before, after }: Difference): object {
  return {
    change,
    path,
    before: before === undefined ? null : entryDocument(before),
    after: after === undefined ? null : entryDocument(after),
  };
}

export default class Diff extends BaseCommand {
  static override summary = "Say what changed between two runs.";
  static override description =
    "Each line names a path: + added, - removed, ~ changed, m only its times, mode or owner. Without numbers, the newest run is compared with the one before.";
  static override examples = [
    "<%= config.bin %> diff photos.archive",
    "<%= config.bin %> diff photos.archive 1 4",
  ];

  static override args = {
    archive: archiveArgument,
    from: Args.integer({
      name: "FROM",
      description: "the earlier run; default: the one before",
      min: 0,
    }),
    to: Args.integer({ name: "TO", description: "the later run; default: the newest", min: 0 }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Diff);
    await withCatalogue(args.archive, { readOnly: true }, async (catalogue) => {
      const to = await requireRun(catalogue, args.to);
      // Run 0 is the empty archive before the first run.
      const from = args.from ?? Math.max(0, to - 1);
      if (from !== 0) await requireRun(catalogue, from);
      const changes = rowsOf<Difference, DiffCursor>((after) => catalogue.diff(from, to, after));
      await this.answerRows("differences", changes, {
        json: differenceDocument,
        text: ({ change, path }) => `${marks[change]} ${displayPath(path)}`,
      });
    });
  }
}
