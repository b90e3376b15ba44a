import { readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { convertPyArchive, readPyArchive, type PyConversion } from "@coldstow/archiver";
import { describe, expect, test } from "vitest";
import { inTemporaryFolder } from "../../tools/temporary-folder.ts";
import { variants } from "./archive-file.ts";
import { generatePyarchiver, type PyarchiverArchive } from "./generate.ts";
import { filesOf, findingsOf, stateSeconds, withCatalogue } from "./opened.ts";

const password = "s3crét 100%";
const keys = (): undefined => undefined;

async function convert(file: string): Promise<PyConversion> {
  return await convertPyArchive({ file, keys });
}

function stored(made: PyarchiverArchive): string[] {
  return [...made.files.keys()].filter((path) => !made.deleted.includes(path)).toSorted();
}

describe.each([undefined, password])("an archive with password %s", (word) => {
  const secret = word === undefined ? {} : { password: word };

  test.each(variants)("%s is read as it was written", async (variant) => {
    await inTemporaryFolder(async (dir) => {
      const made = await generatePyarchiver(dir, { variant, ...secret });
      const py = readPyArchive(made.archiveFile);
      try {
        expect(py.version).toBe(
          ["v1", "v1 with local sender", "v1 with sftp sender"].includes(variant) ? 1 : 2,
        );
        expect(py.root).toBe(made.root);
        expect(py.tars).toEqual(made.tars);
        expect(py.pendingCount).toBe(made.pending.length);
        expect(py.remoteDirectory).toBe(made.repository);
        expect(py.cipher).toEqual(
          word === undefined ? { kind: "none" } : { kind: "aes", password: word },
        );
        expect(Array.from(py.files(), (file): string => file.path).toSorted()).toEqual(
          [...stored(made), ...made.pending].toSorted(),
        );
        expect(py.sender === undefined).toBe(!variant.includes("sender"));
        expect(py.iniText === undefined).toBe(variant.includes("sender"));
      } finally {
        py.close();
      }
    });
  });

  test.each(variants)("%s becomes a sound catalogue of what was sent", async (variant) => {
    await inTemporaryFolder(async (dir) => {
      const made = await generatePyarchiver(dir, { variant, ...secret });
      const before = readFileSync(made.archiveFile);
      const done = await convert(made.archiveFile);
      expect(done).toMatchObject({
        name: "photos",
        source: made.root,
        wasCiphered: word !== undefined,
        files: stored(made).length,
        tars: made.tars.length,
        pending: made.pending.length,
        leftOut: made.pending.length,
        refused: 0,
        warnings: [],
        backup: `${made.archiveFile}.pyarchiver-bak`,
      });
      expect(readFileSync(done.backup)).toEqual(before);
      await withCatalogue(made.archiveFile, async (catalogue) => {
        const files = await filesOf(catalogue);
        expect([...files.keys()].toSorted()).toEqual(stored(made));
        for (const [path, entry] of files) {
          const file = made.files.get(path);
          expect(entry.sizeBytes).toBe(file?.content.length);
          expect(entry.mtimeNs).toBe(
            (file === undefined ? 0n : stateSeconds(file)) * 1_000_000_000n,
          );
          expect([entry.content, entry.ctimeNs, entry.firstRun]).toEqual([null, 0n, 1]);
        }
        const { rows: packs } = await catalogue.packs();
        expect(packs.map(({ key, format, sealed }) => [key, format, sealed])).toEqual(
          made.tars.map((tar) => [tar, "pyarchiver", word !== undefined]),
        );
        const [destination, ...others] = await catalogue.destinations();
        expect(others).toEqual([]);
        expect(destination?.settings).toEqual(
          variant === "v1 with sftp sender"
            ? { host: "storage.example", port: "22", user: "user", dir: made.repository }
            : { dir: made.repository },
        );
        expect(await catalogue.meta("origin")).toBe("pyarchiver");
        expect(await catalogue.runs()).toMatchObject({ rows: [{ kind: "update", state: "done" }] });
        const findings = await findingsOf(catalogue);
        expect(findings.filter((message) => !message.includes("size or digest"))).toEqual([]);
      });
    });
  });
});

test("no password of the old file is in the new one", async () => {
  for (const variant of variants) {
    await inTemporaryFolder(async (dir) => {
      const made = await generatePyarchiver(dir, { variant, password });
      await convert(made.archiveFile);
      const bytes = readFileSync(made.archiveFile);
      for (const secret of [password, password.replaceAll("%", "%%"), "p%w", "p%%w"]) {
        expect(bytes.includes(Buffer.from(secret))).toBe(false);
      }
    });
  }
});

test("keys for later packs are asked for once the old file was read", async () => {
  await inTemporaryFolder(async (dir) => {
    const made = await generatePyarchiver(dir, { password });
    const asked: boolean[] = [];
    const given = { identity: Buffer.from("id"), recipients: "age1…", recovery_recipient: "age1r" };
    await convertPyArchive({
      file: made.archiveFile,
      keys: (wasCiphered) => {
        asked.push(wasCiphered);
        return given;
      },
    });
    expect(asked).toEqual([true]);
    await withCatalogue(made.archiveFile, async (catalogue) => {
      expect(await catalogue.meta("recipients")).toBe(given.recipients);
      expect(Buffer.from((await catalogue.meta("identity")) ?? [])).toEqual(given.identity);
    });
  });
});

test("a queue with relative paths, paths of Windows and a moved root leave out the same files", async () => {
  for (const options of [{ queuePaths: "relative" as const }, { windows: true }]) {
    await inTemporaryFolder(async (dir) => {
      const made = await generatePyarchiver(dir, options);
      await convert(made.archiveFile);
      await withCatalogue(made.archiveFile, async (catalogue) => {
        expect([...(await filesOf(catalogue)).keys()].toSorted()).toEqual(stored(made));
      });
    });
  }
  await inTemporaryFolder(async (dir) => {
    const made = await generatePyarchiver(dir);
    const old = new DatabaseSync(made.archiveFile);
    old.exec("UPDATE files_to_archive SET path = '/mnt/elsewhere' || path");
    old.close();
    expect((await convert(made.archiveFile)).leftOut).toBe(made.pending.length);
  });
});

test("nothing counts as stored where no tar was ever sent", async () => {
  await inTemporaryFolder(async (dir) => {
    const made = await generatePyarchiver(dir);
    const old = new DatabaseSync(made.archiveFile);
    old.exec("DELETE FROM tars; DELETE FROM files_to_archive");
    old.close();
    expect((await convert(made.archiveFile)).files).toBe(0);
    await withCatalogue(made.archiveFile, async (catalogue) => {
      expect((await filesOf(catalogue)).size).toBe(0);
    });
  });
});

test("a state that never scanned, and one of an empty tree, have no files", async () => {
  for (const options of [{ synthetic: true }, { runs: [], pending: [] }]) {
    await inTemporaryFolder(async (dir) => {
      const made = await generatePyarchiver(dir, options);
      expect((await convert(made.archiveFile)).files).toBe(0);
    });
  }
});

test("a second update refuses and changes nothing; another file's backup is not touched", async () => {
  await inTemporaryFolder(async (dir) => {
    const made = await generatePyarchiver(dir);
    const other = `${made.archiveFile}.pyarchiver-bak`;
    writeFileSync(other, "something else");
    const { backup } = await convert(made.archiveFile);
    expect(backup).toBe(`${other}-2`);
    expect(readFileSync(other, "utf8")).toBe("something else");
    const after = readFileSync(made.archiveFile);
    await expect(convert(made.archiveFile)).rejects.toMatchObject({ code: "E_EXISTS" });
    expect(readFileSync(made.archiveFile)).toEqual(after);
  });
});

test("an archive behind a symlink is updated where it lies", async () => {
  await inTemporaryFolder(async (dir) => {
    const made = await generatePyarchiver(dir);
    symlinkSync(made.archiveFile, `${dir}/link.archive`);
    await convert(`${dir}/link.archive`);
    expect(statSync(`${made.archiveFile}.pyarchiver-bak`).isFile()).toBe(true);
    await withCatalogue(made.archiveFile, async (catalogue) => {
      expect(await catalogue.meta("name")).toBe("photos");
    });
  });
});

test("a broken ini does not stop the update", async () => {
  await inTemporaryFolder(async (dir) => {
    const made = await generatePyarchiver(dir);
    const old = new DatabaseSync(made.archiveFile);
    old.exec("UPDATE config SET ini = 'no ini at all'");
    old.close();
    const done = await convert(made.archiveFile);
    expect(done.name).toBe("photos");
    expect(done.warnings).toHaveLength(1);
    await withCatalogue(made.archiveFile, async (catalogue) => {
      expect((await catalogue.destinations())[0]?.settings).toEqual({ dir: made.repository });
    });
  });
});
