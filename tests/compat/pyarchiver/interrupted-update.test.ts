import { cpSync, readdirSync, readFileSync } from "node:fs";
import { convertPyArchive, pyConversionSteps, readPyArchive } from "@coldstow/archiver";
import { expect, test } from "vitest";
import { inTemporaryFolder } from "../../tools/temporary-folder.ts";
import { generatePyarchiver } from "./generate.ts";
import { filesOf, withCatalogue } from "./opened.ts";

const keys = (): undefined => undefined;

test.each(pyConversionSteps)("an update that fails before '%s' leaves the old file", async (at) => {
  await inTemporaryFolder(async (dir) => {
    const made = await generatePyarchiver(dir);
    const before = readFileSync(made.archiveFile);
    const fail = (step: string): void => {
      if (step === at) throw new Error("cut");
    };
    await expect(convertPyArchive({ file: made.archiveFile, keys, onStep: fail })).rejects.toThrow(
      "cut",
    );
    expect(readFileSync(made.archiveFile)).toEqual(before);
    const expected = ["photos.archive", "repository"];
    if (at === "replace") expected.splice(1, 0, "photos.archive.pyarchiver-bak");
    expect(readdirSync(dir).toSorted()).toEqual(expected);
  });
});

test("what a kill leaves at any step is whole, and updating it again goes on", async () => {
  await inTemporaryFolder(async (dir) => {
    await inTemporaryFolder(async (copies) => {
      const made = await generatePyarchiver(dir);
      const before = readFileSync(made.archiveFile);
      await convertPyArchive({
        file: made.archiveFile,
        keys,
        // A copy of the folder at that instant is what a killed process leaves behind.
        onStep: (step) => cpSync(dir, `${copies}/${step}`, { recursive: true }),
      });
      for (const step of pyConversionSteps) {
        const file = `${copies}/${step}/photos.archive`;
        expect(readFileSync(file)).toEqual(before);
        const py = readPyArchive(file);
        expect(py.tars).toEqual(made.tars);
        py.close();
        const { backup, files } = await convertPyArchive({ file, keys });
        expect(readFileSync(backup)).toEqual(before);
        await withCatalogue(file, async (catalogue) => {
          expect((await filesOf(catalogue)).size).toBe(files);
        });
        const left = readdirSync(`${copies}/${step}`).filter((name) => name.includes("partial"));
        expect(left).toEqual([]);
      }
    });
  });
});
