import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../testing/drivers.ts";
import { Fixture } from "../testing/fixture.ts";
import { openNodeDriver } from "./node.ts";
import { applicationId, schema, schemaVersion } from "./schema.ts";

const document = readFileSync(
  new URL("../../../docs/formats/catalogue.md", import.meta.url),
  "utf8",
);
const queries = [...document.matchAll(/```sql\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

describe("docs/formats/catalogue.md", () => {
  it("names the application id and the version", () => {
    expect(document).toContain(`${applicationId} (0x${applicationId.toString(16)}`);
    expect(document).toContain(`Version ${schemaVersion}.`);
  });

  it("names every table and every column", () => {
    const driver = openNodeDriver(join(temporaryFolder(), "x"), { create: true });
    driver.exec(schema);
    const columns = driver
      .prepare(
        `SELECT t.name AS t, c.name AS c FROM pragma_table_list t, pragma_table_info(t.name) c
         WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite%'`,
      )
      .all();
    driver.close();
    expect(columns.length).toBeGreaterThan(80);
    const words = new Set(document.match(/\w+/g));
    const unnamed = columns.filter(
      (row) => !words.has(String(row["t"])) || !words.has(String(row["c"])),
    );
    expect(unnamed).toEqual([]);
  });

  describe("read with the sqlite3 tool", () => {
    const folder = temporaryFolder();
    const path = join(folder, "photos.archive");

    async function archive(): Promise<void> {
      if (existsSync(path)) return;
      const fixture = await Fixture.make(openNodeDriver(path, { create: true }));
      const { catalogue } = fixture;
      fixture.begin("start");
      fixture.put("2020", { kind: "directory" });
      const photo = fixture.put("2020/photo.jpg", { text: "pixels" }) ?? 0;
      const pack = fixture.pack(fixture.slice(photo, ["pix", "els"]));
      const local = { name: "local", scheme: "local", settings: {}, addedNs: 1n };
      const destination = await catalogue.addDestination(local);
      await catalogue.recordCopy(pack, destination, { state: "stored", storedNs: 1n });
      await catalogue.setMeta({ identity: new TextEncoder().encode("age-encryption.org/v1") });
      fixture.driver.exec(
        `INSERT INTO disc_set (guid, name, medium, capacity_blocks, created_ns) VALUES ('g', 'set', 'cd', 1, 1);
         INSERT INTO disc (disc_set, number, label, state) VALUES (1, 0, 'PHOTOS 0', 'burned');
         INSERT INTO disc_file VALUES (1, ${photo}, CAST('data/2020/photo.jpg' AS BLOB), 0, 6)`,
      );
      await catalogue.close();
    }

    const run = (query: string): string =>
      execFileSync("sqlite3", ["-batch", path, query], { cwd: folder, encoding: "utf8" });

    it.each(queries.map((query) => [query.split("\n")[0], query]))(
      "answers %s …",
      async (_, query) => {
        await archive();
        expect(run(query ?? "")).not.toBe("");
      },
    );

    it("gives paths, slices, discs and the identity as they are", async () => {
      await archive();
      const answers = queries.map(run);
      expect(answers).toContainEqual(
        expect.stringContaining("2020/photo.jpg|file|6|1970-01-01 00:00:00"),
      );
      expect(answers).toContainEqual(
        expect.stringMatching(
          /^photo.jpg\|packs.*\|512\|3\|[0-9a-f]{64}\nphoto.jpg\|packs.*\|1536\|3\|/,
        ),
      );
      expect(answers).toContainEqual("set|0|PHOTOS 0||data/2020/photo.jpg|0|6\n");
      expect(readFileSync(join(folder, "identity.age"), "utf8")).toBe("age-encryption.org/v1");
    });

    it("is found sound", async () => {
      await archive();
      expect(run("PRAGMA integrity_check; PRAGMA user_version;")).toBe("ok\n3\n");
    });
  });
});
