import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { inTemporaryFolder } from "../../tools/temporary-folder.ts";
import { aesFile, aesKey } from "./aes-file.ts";
import { variants } from "./archive-file.ts";
import { generatePyarchiver } from "./generate.ts";
import { stateJson } from "./state-json.ts";

const password = "s3crét 100%";
const vector = {
  password: "s3crét",
  salt: Buffer.from("0001020304050607", "hex"),
  counter: Buffer.from("fffffffffffffffffffffffffffffffe", "hex"),
};

function shell(script: string, ...args: string[]): Buffer {
  const { status, stdout, stderr } = spawnSync("bash", [
    "--norc",
    "-euo",
    "pipefail",
    "-c",
    script,
    ...args,
  ]);
  expect([status, stderr.toString()]).toEqual([0, ""]);
  return stdout;
}

describe("the .aes file", () => {
  test("agrees with the known vector", () => {
    expect(aesKey(vector.password, vector.salt).toString("hex")).toBe(
      "8bb375f6617e2621e0066e33aaa59a01",
    );
    const file = aesFile(
      Buffer.from("pyArchiver".repeat(5)).subarray(0, 48),
      vector.password,
      vector,
    );
    expect(file.subarray(0, 24)).toEqual(Buffer.concat([vector.counter, vector.salt]));
    expect(file.subarray(24).toString("hex")).toBe(
      "58ed972efa88679f9a665e3028d077c37867b6691a54c232b9d3211bb3b8e009a8c549cf39ee336d9a52fe1f7112f775",
    );
  });

  test("refuses a password outside Latin-1", () => {
    expect(() => aesKey("пароль", vector.salt)).toThrow("Latin-1");
  });
});

describe("the tars", () => {
  test.each([undefined, password])("are read by stock tools with password %s", async (word) => {
    await inTemporaryFolder(async (dir) => {
      const made = await generatePyarchiver(dir, word === undefined ? {} : { password: word });
      mkdirSync(`${dir}/out`);
      for (const tar of made.tars) {
        const path = `${made.repository}/${tar}`;
        if (word === undefined) {
          shell('tar --warning=no-timestamp -xzf "$1" -C "$2"', "bash", path, `${dir}/out`);
          continue;
        }
        const sealed = readFileSync(path);
        const counter = sealed.subarray(0, 16).toString("hex");
        const key = aesKey(word, sealed.subarray(16, 24)).toString("hex");
        const script =
          'tail -c +25 "$1" | openssl enc -d -aes-128-ctr -K "$2" -iv "$3" | gunzip | tar --warning=no-timestamp -xf - -C "$4"';
        shell(script, "bash", path, key, counter, `${dir}/out`);
      }
      for (const { path, content, mtime } of made.files.values()) {
        const restored = `${dir}/out/${made.memberPrefix}/${path}`;
        expect(Buffer.compare(readFileSync(restored), content)).toBe(0);
        const nanoseconds = statSync(restored, { bigint: true }).mtimeNs;
        expect(Number(nanoseconds) / 1e9).toBeCloseTo(Number(mtime), 5);
      }
      const count = shell('find "$1" -type f -printf x | wc -c', "bash", `${dir}/out`);
      expect(Number(count)).toBe(made.files.size);
    });
  });

  test("name their members by absolute path without a slash, and only files", async () => {
    await inTemporaryFolder(async (dir) => {
      const { repository, tars } = await generatePyarchiver(dir);
      const lines = shell('tar -tvzf "$1"', "bash", `${repository}/${tars[1] ?? ""}`).toString();
      expect(lines.trim().split("\n")).toHaveLength(3);
      expect(lines).toMatch(/^-rw-r--r-- user\/user +23 2020-05-20 .* home\/user\/Bilder/);
    });
  });

  test("carry a float time as Python prints it", async () => {
    await inTemporaryFolder(async (dir) => {
      const { repository, tars } = await generatePyarchiver(dir);
      const raw = shell('gunzip -c "$1"', "bash", `${repository}/${tars[0] ?? ""}`);
      expect(raw.includes("28 mtime=1577934245.1234567\n")).toBe(true);
      expect(raw.length % 10_240).toBe(0);
    });
  });

  test("of a hostile archive hold the members that GNU tar itself refuses or strips", async () => {
    await inTemporaryFolder(async (dir) => {
      const made = await generatePyarchiver(dir, { hostile: true });
      const tar = `${made.repository}/${made.tars.at(-1) ?? ""}`;
      const listed = shell('tar -tPzf "$1" --quoting-style=literal 2>/dev/null', "bash", tar);
      const names = listed.toString().split("\n");
      expect(names).toContain("../../evil");
      expect(names).toContain("/etc/evil");
      expect(names.filter((name) => name.endsWith("/twice in a tar.txt"))).toHaveLength(2);
      const kinds = shell(
        'tar -tvPzf "$1" 2>/dev/null | cut -c1 | sort -u',
        "bash",
        tar,
      ).toString();
      expect(kinds.trim().split("\n").toSorted()).toEqual(["-", "c", "d", "h", "l", "p"]);
    });
  });
});

describe("the .archive file", () => {
  test.each(variants)("%s has the tables of its form", async (variant) => {
    await inTemporaryFolder(async (dir) => {
      const made = await generatePyarchiver(dir, { variant, password });
      const database = new DatabaseSync(made.archiveFile, { readOnly: true });
      const schema = database.prepare("SELECT name FROM sqlite_schema").all();
      const tables = new Set(schema.map((row) => row["name"]));
      const isOld = variant.startsWith("v1");
      expect(tables.has("version")).toBe(!isOld && variant !== "v2 without version");
      expect(tables.has("tars_to_fetch")).toBe(!isOld && variant !== "v2 without tars_to_fetch");
      expect(tables.has("sender")).toBe(variant.includes("sender"));
      expect(tables.has("config")).toBe(!variant.includes("sender"));
      expect(database.prepare("SELECT * FROM cipher").all()).toEqual([
        { type: "aes", key: password },
      ]);
      const queue = database.prepare("SELECT path FROM files_to_archive").all();
      const hasDuplicates = isOld || variant === "v2 with old queue";
      expect(queue).toHaveLength(made.pending.length + (hasDuplicates ? 1 : 0));
      database.close();
      const head = readFileSync(made.archiveFile).subarray(0, 100);
      expect(head.readUInt16BE(16)).toBe(4096);
      expect([head.readUInt32BE(60), head.readUInt32BE(68)]).toEqual([0, 0]);
    });
  });

  test("hashes the queued path with xxh64, less 2^63", async () => {
    await inTemporaryFolder(async (dir) => {
      const pending = [{ path: "a", content: Buffer.from("queued"), mtime: "1600000000" }];
      const made = await generatePyarchiver(dir, { pending, queuePaths: "relative" });
      const database = new DatabaseSync(made.archiveFile, { readOnly: true });
      const query = database.prepare("SELECT * FROM files_to_archive");
      query.setReadBigInts(true);
      const rows = query.all();
      database.close();
      // xxh64 of "a" with seed 0 is d24ec4f1a98c6e5b.
      expect(rows).toEqual([{ hash: 0x524ec4f1a98c6e5bn, path: "a", size: 6n }]);
    });
  });

  test("gives the state as JSON with strings, escaped slashes and the fast hash", async () => {
    expect(stateJson("/abs/dir", [{ path: "rel/path", bytes: 5, modified: 1_577_934_245 }])).toBe(
      String.raw`{
    "Generator": "pyArchiver",
    "hash": "fast",
    "root": "\/abs\/dir",
    "files": {
        "rel\/path": {
            "hash": "5E0D5DA55",
            "last_modified": "1577934245",
            "size": "5"
        }
    }
}`,
    );
    expect(stateJson("/", [])).toContain('"files": ""');
    expect(stateJson("/", "synthetic")).toContain('"files": []');
  });

  test("on Windows has paths with backslashes, and members without drive", async () => {
    await inTemporaryFolder(async (dir) => {
      const made = await generatePyarchiver(dir, { windows: true });
      expect(made.memberPrefix).toBe("Users/ü/Bilder");
      const database = new DatabaseSync(made.archiveFile, { readOnly: true });
      const row = database.prepare("SELECT state_dir FROM json").get();
      database.close();
      const state = JSON.parse(Buffer.from(row?.["state_dir"] as Uint8Array).toString()) as {
        files: Record<string, unknown>;
      };
      expect(Object.keys(state.files)).toContain(String.raw`sub\new.txt`);
    });
  });
});
