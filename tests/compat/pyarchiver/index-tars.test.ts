import { createHash } from "node:crypto";
import { mkdirSync, rmSync, truncateSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import {
  convertPyArchive,
  extractPyTars,
  indexPyArchive,
  legacySelection,
  localLegacyStore,
  safeTreeWriter,
  type PyIndex,
} from "@coldstow/archiver";
import type { Catalogue } from "@coldstow/catalogue";
import { expect, test } from "vitest";
import { inTemporaryFolder } from "../../tools/temporary-folder.ts";
import { variants } from "./archive-file.ts";
import { generatePyarchiver, type PyarchiverArchive, type PyarchiverOptions } from "./generate.ts";
import { filesOf, findingsOf, treeOf, withCatalogue } from "./opened.ts";

const password = "s3crét 100%";

async function indexed(
  made: PyarchiverArchive,
  catalogue: Catalogue,
): Promise<PyIndex & { problems: number }> {
  let problems = 0;
  const index = await indexPyArchive({
    driver: catalogue.driver,
    store: localLegacyStore(made.repository),
    password,
    onProblem: () => (problems += 1),
  });
  return { ...index, problems };
}

async function converted(
  options: PyarchiverOptions,
  use: (made: PyarchiverArchive, catalogue: Catalogue, dir: string) => Promise<void>,
  before: (made: PyarchiverArchive) => void = () => {},
): Promise<void> {
  await inTemporaryFolder(async (dir) => {
    const made = await generatePyarchiver(dir, { password, ...options });
    before(made);
    await convertPyArchive({ file: made.archiveFile, keys: () => undefined });
    await withCatalogue(made.archiveFile, async (catalogue) => await use(made, catalogue, dir));
  });
}

test.each(variants)("after reading its tars, %s knows exactly what they hold", async (variant) => {
  await converted({ variant }, async (made, catalogue) => {
    const { proven, corrected, found, lost, wholeTars, problems } = await indexed(made, catalogue);
    // A time before 1970 is 0 in the state, so that the tar corrects it.
    expect({ proven, corrected, found, lost, wholeTars, problems }).toEqual({
      proven: made.files.size - made.deleted.length - 1,
      corrected: 1,
      found: made.deleted.length,
      lost: 0,
      wholeTars: made.tars.length,
      problems: 0,
    });
    const files = await filesOf(catalogue);
    expect([...files.keys()].toSorted()).toEqual([...made.files.keys()].toSorted());
    for (const [path, { sha256, sizeBytes, mtimeNs }] of files) {
      const file = made.files.get(path);
      const content = file?.content ?? new Uint8Array(0);
      expect(Buffer.from(sha256 ?? [])).toEqual(createHash("sha256").update(content).digest());
      expect(sizeBytes).toBe(content.length);
      expect(Number(mtimeNs) / 1e9).toBeCloseTo(Number(file?.mtime), 5);
    }
    expect(await findingsOf(catalogue)).toEqual([]);
    const again = await indexed(made, catalogue);
    expect([again.proven, again.found, again.lost]).toEqual([made.files.size, 0, 0]);
  });
});

const forgetQueue = (made: PyarchiverArchive): void => {
  const old = new DatabaseSync(made.archiveFile);
  old.exec("DELETE FROM files_to_archive");
  old.close();
};

test("a file that the state knows and no tar holds counts as stored no longer", async () => {
  await converted(
    {},
    async (made, catalogue) => {
      expect((await filesOf(catalogue)).has("pending/one.txt")).toBe(true);
      expect((await indexed(made, catalogue)).lost).toBe(made.pending.length);
      expect([...(await filesOf(catalogue)).keys()].toSorted()).toEqual(
        [...made.files.keys()].toSorted(),
      );
    },
    forgetQueue,
  );
});

test("an older version of a file that waits in the queue is found in its tar", async () => {
  const pending = [
    { path: "changed.txt", content: Buffer.from("never sent\n"), mtime: "1700000000" },
  ];
  await converted({ pending }, async (made, catalogue) => {
    expect((await filesOf(catalogue)).has("changed.txt")).toBe(false);
    await indexed(made, catalogue);
    const entry = (await filesOf(catalogue)).get("changed.txt");
    expect(entry?.sizeBytes).toBe("second version, longer\n".length);
    expect(entry?.mtimeNs).toBe(1_590_000_000_250_000_000n);
  });
});

test("what a cut or missing tar held counts as stored no longer", async () => {
  await converted({}, async (made, catalogue) => {
    truncateSync(`${made.repository}/${made.tars[1] ?? ""}`, 3000);
    rmSync(`${made.repository}/${made.tars[2] ?? ""}`);
    const { wholeTars, brokenTars, problems } = await indexed(made, catalogue);
    expect([wholeTars, brokenTars]).toEqual([1, 2]);
    expect(problems).toBeGreaterThan(1);
    const files = await filesOf(catalogue);
    for (const gone of ["sub/noise.bin", "sub/zeros.bin", "sub/new.txt"]) {
      expect(files.has(gone)).toBe(false);
    }
    const states = await Promise.all([1, 2, 3].map((pack) => catalogue.copiesOfPack(pack)));
    expect(states.map(([copy]) => copy?.state)).toEqual(["stored", "damaged", "missing"]);
  });
});

test("a wrong password changes nothing in the catalogue", async () => {
  await converted({}, async (made, catalogue) => {
    const before = await filesOf(catalogue);
    const store = localLegacyStore(made.repository);
    const { driver } = catalogue;
    const problems: string[] = [];
    const reading = indexPyArchive({
      driver,
      store,
      password: "other",
      onProblem: ({ code }) => problems.push(code),
    });
    await expect(reading).rejects.toMatchObject({ code: "E_WRONG_KEY" });
    expect(problems).toEqual(made.tars.map(() => "E_WRONG_KEY"));
    expect(await filesOf(catalogue)).toEqual(before);
  });
});

test.each([false, true])(
  "a restore of the update's run brings all back, indexed: %s",
  async (index) => {
    await converted({}, async (made, catalogue, dir) => {
      if (index) await indexed(made, catalogue);
      const out = `${dir}/out`;
      mkdirSync(out);
      const problems: string[] = [];
      await extractPyTars({
        store: localLegacyStore(made.repository),
        password,
        roots: [made.root],
        writer: await safeTreeWriter(out, "keep"),
        select: legacySelection(catalogue.driver, 1),
        onProblem: ({ message }) => problems.push(message),
      });
      expect(problems).toEqual([]);
      expect(treeOf(out)).toEqual(
        new Map([...made.files].map(([path, { content }]) => [path, Buffer.from(content)])),
      );
    });
  },
);

test("a restore of a later run leaves out what is newer elsewhere or gone by then", async () => {
  await converted({}, async (made, catalogue) => {
    await indexed(made, catalogue);
    const { driver } = catalogue;
    driver.exec(`INSERT INTO run (id, kind, state, started_ns) VALUES (2, 'resume', 'done', 0);
      UPDATE entry SET end_run = 2 WHERE name IN (CAST('changed.txt' AS BLOB), CAST('deleted later.txt' AS BLOB))`);
    const [tar = ""] = made.tars;
    const wanted = (run: number, path: string): boolean =>
      legacySelection(driver, run)({ tar, path });
    expect([wanted(1, "deleted later.txt"), wanted(2, "deleted later.txt")]).toEqual([true, false]);
    expect([wanted(2, "changed.txt"), wanted(2, "empty.txt"), wanted(2, "unknown")]).toEqual([
      false,
      true,
      true,
    ]);
    expect(legacySelection(driver, 2, { listedOnly: true })({ tar, path: "unknown" })).toBe(false);
  });
});
