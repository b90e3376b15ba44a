import { execFile } from "node:child_process";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { randomBytes, readAll, trackedSource } from "@coldstow/backend-testkit";
import { bytesSource, ColdstowError, objectKey, type StorageBackend } from "@coldstow/contracts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { localBackend } from "./index.ts";

const key = objectKey("packs/r000001/p000001.tar.age");
const bytes = randomBytes(600_000, 1);
let folder = "";
let directory = "";
let backend: StorageBackend;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "coldstow-local-"));
  directory = join(folder, "destination");
  backend = localBackend({ directory, create: true });
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function breakLate(at: number): void {
  if (at > 300_000) throw new ColdstowError("E_IO", "the source broke");
}

async function files(): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .toSorted();
}

async function listed(client: StorageBackend = backend): Promise<string[]> {
  const keys: string[] = [];
  for await (const info of client.list("")) keys.push(info.key);
  return keys.toSorted();
}

describe("on the disk", () => {
  test("an object is the plain file of its key, which any tool can read", async () => {
    await backend.put(key, bytesSource(bytes));
    expect(await files()).toEqual([key]);
    expect(Buffer.compare(await readFile(join(directory, key)), bytes)).toBe(0);
  });

  test("opening, looking and listing make no folder", async () => {
    expect(await backend.stat(key)).toBeUndefined();
    expect(await listed()).toEqual([]);
    await backend.delete(key);
    await expect(stat(directory)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("deleting the last object of a folder removes the folder, never the destination's", async () => {
    await backend.put(key, bytesSource(bytes));
    await backend.put(objectKey("packs/keep"), bytesSource(bytes));
    await backend.delete(key);
    expect(await readdir(join(directory, "packs"))).toEqual(["keep"]);
    await backend.delete(objectKey("packs/keep"));
    expect(await readdir(directory)).toEqual([]);
  });

  test("a failed put leaves no file at all", async () => {
    await expect(
      backend.put(key, trackedSource(bytes, { beforeChunk: breakLate })),
    ).rejects.toMatchObject({
      code: "E_IO",
    });
    expect(await files()).toEqual([]);
  });

  test("files that are no object keys are neither listed nor touched", async () => {
    await backend.put(key, bytesSource(bytes));
    const foreign = ["Thumbs.db", ".DS_Store", "notes (1).txt", "movie.mkv.partial", "ümlaut"];
    for (const name of foreign) await writeFile(join(directory, name), "mine");
    await mkdir(join(directory, "System Volume Information"));
    await writeFile(join(directory, "System Volume Information", "x"), "mine");
    const old = new Date("2001-01-01");
    for (const name of foreign) await utimes(join(directory, name), old, old);
    expect(await listed()).toEqual([key]);
    await localBackend({ directory, create: true }).put(objectKey("b"), bytesSource(bytes));
    for (const name of foreign) expect(await readFile(join(directory, name), "utf8")).toBe("mine");
  });
});

describe("partial files", () => {
  test("of writers that died over a day ago are removed by the first write, others stay", async () => {
    await backend.put(key, bytesSource(bytes));
    const stale = join(directory, `${key}.0123456789abcdef.partial`);
    const lock = join(directory, "packs", "x.lock.partial");
    const fresh = join(directory, "packs", "y.0123456789abcdef.partial");
    for (const path of [stale, lock, fresh]) await writeFile(path, "half");
    const old = new Date(Date.now() - 25 * 60 * 60 * 1000);
    for (const path of [stale, lock]) await utimes(path, old, old);
    await backend.put(objectKey("a"), bytesSource(bytes));
    expect(await files()).toContain(`${key}.0123456789abcdef.partial`);

    const later = localBackend({ directory, create: true });
    expect(await later.stat(key)).toBeDefined();
    expect(await files()).toContain(`${key}.0123456789abcdef.partial`);
    await later.put(objectKey("b"), bytesSource(bytes));
    expect(await files()).toEqual(["a", "b", key, "packs/y.0123456789abcdef.partial"].toSorted());
  });
});

describe("symbolic links", () => {
  beforeEach(async () => {
    await mkdir(join(folder, "outside"));
    await writeFile(join(folder, "outside", "p000001.tar.age"), "not ours");
    await mkdir(join(directory, "packs"), { recursive: true });
  });

  test("in place of a folder are never followed", async () => {
    await symlink(join(folder, "outside"), join(directory, "packs", "r000001"));
    const refused = { code: "E_FORMAT" };
    await expect(backend.put(key, bytesSource(bytes))).rejects.toMatchObject(refused);
    await expect(backend.stat(key)).rejects.toMatchObject(refused);
    await expect(readAll(backend.get(key))).rejects.toMatchObject(refused);
    await expect(backend.delete(key)).rejects.toMatchObject(refused);
    await expect(listed()).rejects.toMatchObject(refused);
    expect(await readdir(join(folder, "outside"))).toEqual(["p000001.tar.age"]);
  });

  test("in place of an object are never followed or replaced", async () => {
    const target = join(folder, "outside", "p000001.tar.age");
    await mkdir(join(directory, "packs", "r000001"));
    await symlink(target, join(directory, key));
    const refused = { code: "E_FORMAT" };
    await expect(backend.put(key, bytesSource(bytes))).rejects.toMatchObject(refused);
    await expect(backend.stat(key)).rejects.toMatchObject(refused);
    await expect(readAll(backend.get(key))).rejects.toMatchObject(refused);
    await expect(backend.delete(key)).rejects.toMatchObject(refused);
    expect(await readFile(target, "utf8")).toBe("not ours");
  });

  test("above the destination are the user's own and are followed", async () => {
    await symlink(directory, join(folder, "link"));
    const linked = localBackend({ directory: join(folder, "link"), create: true });
    await linked.put(key, bytesSource(bytes));
    expect(await listed()).toEqual([key]);
  });
});

describe("what is in the way", () => {
  test("a pipe under an object's name is refused and does not hang the reader", async () => {
    await mkdir(join(directory, "packs", "r000001"), { recursive: true });
    await promisify(execFile)("mkfifo", [join(directory, key)]);
    await expect(readAll(backend.get(key))).rejects.toMatchObject({ code: "E_FORMAT" });
    await expect(listed()).rejects.toMatchObject({ code: "E_FORMAT" });
  });

  test("an object where a folder must be, and a folder where an object must be", async () => {
    await backend.put(objectKey("packs"), bytesSource(bytes));
    await expect(backend.put(key, bytesSource(bytes))).rejects.toMatchObject({ code: "E_EXISTS" });
    await backend.delete(objectKey("packs"));
    await backend.put(key, bytesSource(bytes));
    const put = backend.put(objectKey("packs"), bytesSource(bytes));
    await expect(put).rejects.toMatchObject({ code: "E_EXISTS" });
    expect(await files()).toEqual([key]);
  });

  test("a destination below a regular file is a wrong setting, for every call", async () => {
    await writeFile(join(folder, "file"), "");
    const wrong = localBackend({ directory: join(folder, "file", "below"), create: true });
    const refused = { code: "E_CONFIG" };
    await expect(wrong.put(key, bytesSource(bytes))).rejects.toMatchObject(refused);
    await expect(wrong.stat(key)).rejects.toMatchObject(refused);
    await expect(wrong.delete(key)).rejects.toMatchObject(refused);
    await expect(readAll(wrong.get(key))).rejects.toMatchObject(refused);
  });

  test("a folder that must be there already, and is not, is asked for and not made", async () => {
    const mounted = localBackend({ directory, create: false });
    const asked = { code: "E_MEDIUM_NEEDED" };
    await expect(mounted.put(key, bytesSource(bytes))).rejects.toMatchObject(asked);
    await expect(mounted.stat(key)).rejects.toMatchObject(asked);
    await expect(listed(mounted)).rejects.toMatchObject(asked);
    await expect(stat(directory)).rejects.toMatchObject({ code: "ENOENT" });
    await mkdir(directory);
    await mounted.put(key, bytesSource(bytes));
    expect(await listed()).toEqual([key]);
  });
});

describe("while an object is read", () => {
  test("a file that is cut under the reader ends with E_FIXITY", async () => {
    const long = randomBytes(2_000_000, 2);
    await backend.put(key, bytesSource(long));
    const read = async (): Promise<void> => {
      for await (const chunk of backend.get(key)) {
        if (chunk.length > 0) await truncate(join(directory, key), 1000);
      }
    };
    await expect(read()).rejects.toMatchObject({ code: "E_FIXITY" });
  });

  test("an object that is replaced is read to its end as it was", async () => {
    const long = randomBytes(2_000_000, 2);
    await backend.put(key, bytesSource(long));
    const chunks: Uint8Array[] = [];
    for await (const chunk of backend.get(key)) {
      chunks.push(chunk);
      if (chunks.length === 1) await backend.put(key, bytesSource(bytes));
    }
    expect(Buffer.compare(Buffer.concat(chunks), long)).toBe(0);
  });

  test("a range that runs backwards is refused", async () => {
    await backend.put(key, bytesSource(bytes));
    for (const range of [
      { start: -1, end: 5 },
      { start: 9, end: 5 },
      { start: Number.NaN, end: 5 },
    ]) {
      await expect(readAll(backend.get(key, { range }))).rejects.toMatchObject({ code: "E_USAGE" });
    }
  });
});

test("where there are no hard links, a lock that nobody releases ends the wait with E_TEMPORARY", async () => {
  await mkdir(directory);
  await writeFile(join(directory, "a.lock.partial"), "");
  const plain = localBackend({ directory, create: true }, { hardLinks: false });
  const put = plain.put(objectKey("a"), bytesSource(bytes), { ifAbsent: true });
  await expect(put).rejects.toMatchObject({ code: "E_TEMPORARY" });
  expect(await files()).toEqual(["a.lock.partial"]);
});

test("an object whose file is write-protected can be replaced", async () => {
  await backend.put(key, bytesSource(bytes));
  await chmod(join(directory, key), 0o444);
  await backend.put(key, bytesSource(randomBytes(10, 1)));
  expect((await backend.stat(key))?.sizeBytes).toBe(10);
});
