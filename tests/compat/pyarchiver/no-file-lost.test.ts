import { mkdirSync } from "node:fs";
import {
  convertPyArchive,
  extractPyTars,
  indexPyArchive,
  legacySelection,
  localLegacyStore,
  pyRoots,
  safeTreeWriter,
} from "@coldstow/archiver";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inTemporaryFolder } from "../../tools/temporary-folder.ts";
import { variants } from "./archive-file.ts";
import { generatePyarchiver, type PyarchiverArchive } from "./generate.ts";
import { filesOf, treeOf, withCatalogue } from "./opened.ts";
import type { SampleFile } from "./sample-files.ts";

const file = fc
  .tuple(
    fc.constantFrom("a", "b", "d/a", "d/b", "d/e/ü", "deleted 1", "deleted 2"),
    fc.uint8Array({ maxLength: 40 }),
    fc.integer({ min: 1, max: 1_900_000_000 }),
  )
  .map(([path, content, mtime]): SampleFile => ({ path, content, mtime: String(mtime) }));
const files = fc.uniqueArray(file, { minLength: 1, maxLength: 5, selector: ({ path }) => path });
const archive = fc.record({
  variant: fc.constantFrom(...variants),
  runs: fc.array(files, { maxLength: 4 }),
  pending: files.map((all) => all.filter(({ path }) => !path.startsWith("deleted"))),
  queuePaths: fc.constantFrom("absolute" as const, "relative" as const),
  windows: fc.boolean(),
  password: fc.constantFrom("", "é"),
});

const onProblem = (): void => expect.unreachable();

async function restored(
  made: PyarchiverArchive,
  dir: string,
  password: string,
): Promise<Map<string, Buffer>> {
  const out = `${dir}/out`;
  mkdirSync(out, { recursive: true });
  await withCatalogue(made.archiveFile, async ({ driver }) => {
    await extractPyTars({
      store: localLegacyStore(made.repository),
      names: made.tars,
      password,
      roots: pyRoots(driver),
      writer: await safeTreeWriter(out, "overwrite"),
      select: legacySelection(driver, 1),
      onProblem: ({ message }) => expect.unreachable(message),
    });
  });
  return treeOf(out);
}

test("an update loses no file that was sent, and takes none for stored that was not", async () => {
  await fc.assert(
    fc.asyncProperty(archive, async ({ password, ...options }) => {
      await inTemporaryFolder(async (dir) => {
        const secret = password === "" ? {} : { password };
        const made = await generatePyarchiver(dir, { ...options, ...secret });
        const sent = new Map(
          [...made.files].map(([path, { content }]) => [path, Buffer.from(content)]),
        );
        await convertPyArchive({ file: made.archiveFile, keys: () => undefined });
        await withCatalogue(made.archiveFile, async (catalogue) => {
          for (const path of (await filesOf(catalogue)).keys()) {
            expect(sent.has(path)).toBe(true);
            expect(made.pending).not.toContain(path);
          }
        });
        expect(await restored(made, dir, password)).toEqual(sent);
        if (made.tars.length === 0) return;
        await withCatalogue(made.archiveFile, async (catalogue) => {
          const { driver } = catalogue;
          const store = localLegacyStore(made.repository);
          await indexPyArchive({ driver, store, password, onProblem });
          expect([...(await filesOf(catalogue)).keys()].toSorted()).toEqual(
            [...sent.keys()].toSorted(),
          );
        });
        expect(await restored(made, dir, password)).toEqual(sent);
      });
    }),
    { numRuns: 60 },
  );
});
