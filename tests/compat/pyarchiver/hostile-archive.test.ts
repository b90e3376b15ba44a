import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { convertPyArchive } from "@coldstow/archiver";
import { describe, expect, test } from "vitest";
import { inTemporaryFolder } from "../../tools/temporary-folder.ts";
import { generatePyarchiver } from "./generate.ts";
import { filesOf, withCatalogue } from "./opened.ts";

const damages: Readonly<Record<string, string>> = {
  "a state cut in the middle": "UPDATE json SET state_dir = substr(state_dir, 1, 700)",
  "a state that lacks its last brace":
    "UPDATE json SET state_dir = rtrim(CAST(state_dir AS TEXT), char(10) || ' }') || '}}'",
  "a state that is no JSON": "UPDATE json SET state_dir = x'000102'",
  "a state that is a list": "UPDATE json SET state_dir = '[]'",
  "a size that is no number": `UPDATE json SET state_dir = '{"root":"\\/r","files":{"a":{"size":"x","last_modified":"1"}}}'`,
  "a file without a time": `UPDATE json SET state_dir = '{"root":"\\/r","files":{"a":{"size":"1"}}}'`,
  "an escape that JSON does not know": `UPDATE json SET state_dir = '{"root":"\\q"}'`,
  "a view that never ends": `DROP TABLE tars; CREATE VIEW tars (path) AS
    WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n`,
  "a computed state": `DROP TABLE json;
    CREATE TABLE json (a, state_dir BLOB GENERATED ALWAYS AS (zeroblob(900000000))); INSERT INTO json (a) VALUES (1)`,
  "no table of tars": "DROP TABLE tars",
  "a queue without paths": "DROP TABLE files_to_archive; CREATE TABLE files_to_archive (x)",
  "a version that never was": "UPDATE version SET version = 77",
  "a cipher that never was": "UPDATE cipher SET type = 'rot13'",
};

describe("a hostile or damaged archive file", () => {
  test.each(Object.keys(damages))("with %s is refused and left as it was", async (name) => {
    await inTemporaryFolder(async (dir) => {
      const { archiveFile } = await generatePyarchiver(dir);
      const database = new DatabaseSync(archiveFile);
      database.exec(damages[name] ?? "");
      database.close();
      const before = readFileSync(archiveFile);
      const listed = readdirSync(dir);
      await expect(
        convertPyArchive({ file: archiveFile, keys: () => undefined }),
      ).rejects.toMatchObject({ code: "E_FORMAT" });
      expect(readFileSync(archiveFile)).toEqual(before);
      expect(readdirSync(dir)).toEqual(listed);
    });
  });

  test("of any damaged page is refused with a code of the table, or whole", async () => {
    await inTemporaryFolder(async (dir) => {
      const { archiveFile } = await generatePyarchiver(dir);
      const good = readFileSync(archiveFile);
      for (let at = 0; at < good.length; at += 1013) {
        const folder = `${dir}/${at}`;
        mkdirSync(folder);
        const bad = Buffer.from(good);
        bad.fill(0xff, at, at + 16);
        writeFileSync(`${folder}/bad.archive`, bad);
        const file = `${folder}/bad.archive`;
        const outcome = await convertPyArchive({ file, keys: () => undefined }).then(
          () => "converted",
          (error: unknown) => (error as { code?: string }).code,
        );
        expect(["converted", "E_FORMAT", "E_EXISTS"]).toContain(outcome);
        const old = outcome === "converted" ? `${file}.pyarchiver-bak` : file;
        expect(readFileSync(old)).toEqual(bad);
      }
    });
  });

  test("with paths that lead out of the tree gets no entry for them", async () => {
    await inTemporaryFolder(async (dir) => {
      const { archiveFile } = await generatePyarchiver(dir);
      const facts = { size: "1", last_modified: "1" };
      const names = [
        "../up",
        "/etc/passwd",
        "a/../../b",
        "",
        ".",
        "a//b",
        "a/./b",
        "nul\0",
        "good",
      ];
      const state = { root: "/r", files: Object.fromEntries(names.map((name) => [name, facts])) };
      const database = new DatabaseSync(archiveFile);
      database.prepare("UPDATE json SET state_dir = ?").run(JSON.stringify(state));
      database.close();
      const done = await convertPyArchive({ file: archiveFile, keys: () => undefined });
      expect([done.files, done.refused]).toEqual([1, 8]);
      await withCatalogue(archiveFile, async (catalogue) => {
        expect([...(await filesOf(catalogue)).keys()]).toEqual(["good"]);
      });
    });
  });

  test("with names of tars that lead elsewhere keeps none of them", async () => {
    await inTemporaryFolder(async (dir) => {
      const { archiveFile, tars } = await generatePyarchiver(dir);
      const database = new DatabaseSync(archiveFile);
      database.exec(
        "INSERT INTO tars VALUES ('../../etc/passwd'), ('..'), (''), ('/x/.tar.gz'), (NULL)",
      );
      database.close();
      const done = await convertPyArchive({ file: archiveFile, keys: () => undefined });
      expect([done.tars, done.warnings.length]).toEqual([tars.length, 1]);
    });
  });
});
