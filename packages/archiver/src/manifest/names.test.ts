import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nameFromBytes, nameToBytes } from "@coldstow/contracts";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeDeletedName, partPath } from "./index.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-names-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a slice is named so that cat rejoins the slices in order", () => {
  expect(partPath("a/film.mkv", 1, 7)).toBe("a/film.mkv.part-000001-of-000007");
  const names = Array.from({ length: 12 }, (_, i) => partPath("x", i + 1, 12));
  expect(names.toSorted()).toEqual(names);
});

test("a slice's name never grows beyond 255 bytes, and long names stay apart", () => {
  const long = fc
    .uint8Array({ minLength: 200, maxLength: 255 })
    .map((bytes) =>
      nameFromBytes(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))),
    );
  fc.assert(
    fc.property(long, (name) => {
      const part = partPath(`d/${name}`, 3, 9);
      expect(nameToBytes(part).length).toBeLessThanOrEqual(2 + 255);
      expect(part.endsWith(".part-000003-of-000009")).toBe(true);
    }),
  );
  const first = partPath(`${"é".repeat(120)}1`, 1, 2);
  const second = partPath(`${"é".repeat(120)}2`, 1, 2);
  expect(first).not.toBe(second);
  expect(first.isWellFormed()).toBe(true);
});

test("xargs and rm take away the listed names and nothing else", () => {
  const names = ["gone", "-rf", "with\nline", nameFromBytes(Buffer.from([0x62, 0xff])), "dir"];
  mkdirSync(join(folder, "dir"));
  for (const name of [...names.slice(0, -1), "dir/in it", "kept", "with"]) {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), nameToBytes(name)]), "x");
  }
  const list = join(folder, "list");
  writeFileSync(list, Buffer.concat(names.map((name) => encodeDeletedName(name))));
  const { status } = spawnSync("sh", ["-c", "xargs -0 rm -rf -- < list && rm list"], {
    cwd: folder,
  });
  expect(status).toBe(0);
  const left = names.filter((name) =>
    existsSync(Buffer.concat([Buffer.from(`${folder}/`), nameToBytes(name)])),
  );
  expect({
    left,
    kept: existsSync(join(folder, "kept")),
    other: existsSync(join(folder, "with")),
  }).toEqual({
    left: [],
    kept: true,
    other: true,
  });
});

test.each(["/etc", "..", "a/../../b", "", ".", "a/"])(
  "%o is refused as a name to remove",
  (path) => {
    expect(() => encodeDeletedName(path)).toThrow(/cannot be listed as deleted/u);
  },
);
