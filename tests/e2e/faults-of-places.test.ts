import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { faultyBackend, memoryBackend, MemoryStore } from "@coldstow/backend-testkit";
import { objectKey, type StorageBackend } from "@coldstow/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { noise } from "../tools/seeded-random.ts";
import { LibraryArchive, localBackend, type LibraryOptions } from "./library-archive.ts";
import { digestTree } from "./tree-digest.ts";

const made: LibraryArchive[] = [];

async function archiveOf(options: LibraryOptions = {}): Promise<LibraryArchive> {
  const archive = await LibraryArchive.make(options);
  made.push(archive);
  return archive;
}

afterEach(async () => {
  for (const archive of made.splice(0)) await archive.close();
});

function write(archive: LibraryArchive, path: string, bytes: string | Uint8Array): string {
  const at = join(archive.tree, path);
  mkdirSync(join(at, ".."), { recursive: true });
  writeFileSync(at, bytes);
  return at;
}

/** The same backend, which lets something happen between the scan and the reading. */
function before(backend: StorageBackend, act: () => void): StorageBackend {
  const { staged } = backend;
  if (staged === undefined) throw new Error("it is staged");
  let done = false;
  return {
    ...bound(backend),
    staged: {
      ...staged,
      stage: async (key) => {
        if (!done) act();
        done = true;
        return staged.stage(key);
      },
    },
  };
}

function bound(backend: StorageBackend): StorageBackend {
  const { capabilities } = backend;
  return {
    capabilities,
    put: (key, source, options) => backend.put(key, source, options),
    get: (key, options) => backend.get(key, options),
    stat: (key) => backend.stat(key),
    list: (prefix) => backend.list(prefix),
    delete: (key) => backend.delete(key),
    close: () => backend.close(),
  };
}

function replace(at: string, by: () => void): void {
  rmSync(at);
  by();
}

describe("between the scan and the reading, a file that", () => {
  const swaps: readonly [string, (at: string) => void, string][] = [
    ["vanishes", (at) => rmSync(at), "vanished"],
    [
      "becomes a named pipe",
      (at) => replace(at, () => execFileSync("mkfifo", [at])),
      "changed-while-read",
    ],
    [
      "becomes a symlink",
      (at) => replace(at, () => symlinkSync("other", at)),
      "changed-while-read",
    ],
    ["becomes a directory", (at) => replace(at, () => mkdirSync(at)), "changed-while-read"],
  ];

  it.each(swaps)(
    "%s is told once, and stored by the next run if it is there",
    async (_, act, outcome) => {
      const archive = await archiveOf({ compress: "auto" });
      write(archive, "other.txt", "stays");
      const at = write(archive, "victim.txt", "goes");
      const cut = archive.withBackends((backend) => before(backend, () => act(at)));
      const result = await cut.run();
      expect(result.items).toMatchObject([{ name: "victim.txt", outcome }]);
      expect(result).toMatchObject({ filesStored: 1, problems: 1 });
      rmSync(at, { recursive: true, force: true });
      write(archive, "victim.txt", "back again");
      expect(await archive.run()).toMatchObject({ filesStored: 1, problems: 0 });
      const to = join(archive.folder, "back");
      await archive.restore(to);
      expect(digestTree(to)).toEqual(digestTree(archive.tree));
    },
  );

  it("grows or shrinks is stored as it is when it is opened", async () => {
    const archive = await archiveOf();
    const small = write(archive, "small", noise("s", 1000));
    const large = write(archive, "large", noise("l", 3_000_000));
    const cut = archive.withBackends((backend) =>
      before(backend, () => {
        truncateSync(small, 10);
        truncateSync(large, 2_000_000);
      }),
    );
    await cut.run();
    await archive.run();
    const to = join(archive.folder, "back");
    await archive.restore(to);
    expect(digestTree(to)).toEqual(digestTree(archive.tree));
    expect(await archive.run()).toMatchObject({ changed: false });
  });
});

describe("with several destinations", () => {
  it("one that fails is told, and made whole by the next run", async () => {
    const store = new MemoryStore();
    const archive = await archiveOf({
      backends: () => ({
        first: memoryBackend({ store: new MemoryStore() }),
        memory: memoryBackend({ store }),
      }),
    });
    write(archive, "a", noise("a", 1_500_000));
    const cut = archive.withBackends((backend, name) =>
      name === "memory"
        ? faultyBackend(backend, { failNth: 1, forever: true, only: ["put"] })
        : backend,
    );
    const first = await cut.run();
    expect(first.warnings.some((message) => message.startsWith("memory"))).toBe(true);
    const packs = (await archive.packs()).length;
    expect(await archive.run()).toMatchObject({ healedPacks: packs, packs: 0 });
    expect([...store.objects.keys()].filter((key) => key.startsWith("packs/")).length).toBe(packs);
    expect(await archive.run()).toMatchObject({ changed: false });
  });

  it.each(["stage", "publish"] as const)(
    "the one that is this machine's may fail (%s)",
    async (call) => {
      const archive = await archiveOf({
        backends: () => ({
          memory: memoryBackend({ store: new MemoryStore() }),
          disk: memoryBackend(),
        }),
      });
      write(archive, "a", noise("a", 1_500_000));
      const disk = await localBackend(archive.folder, "disk");
      const cut = archive.withBackends((backend, name) =>
        name === "disk"
          ? faultyBackend(disk, { failNth: 1, forever: true, only: [call, "put"] })
          : backend,
      );
      const result = await cut.run();
      expect(result.filesStored).toBe(1);
      expect(result.warnings.some((message) => message.startsWith("disk"))).toBe(true);
      const whole = archive.withBackends((backend, name) => (name === "disk" ? disk : backend));
      expect(await whole.run()).toMatchObject({ healedPacks: result.packs });
      const to = join(archive.folder, "back");
      expect(await whole.restore(to)).toMatchObject({ restored: 1, failed: 0 });
    },
  );

  it("bytes that one holds wrong are taken from the other, sealed or not", async () => {
    for (const encrypted of [true, false]) {
      const [one, other] = [new MemoryStore(), new MemoryStore()];
      const archive = await archiveOf({
        encrypted,
        backends: () => ({
          one: memoryBackend({ store: one }),
          other: memoryBackend({ store: other }),
        }),
      });
      write(archive, "small", noise("s", 5000));
      write(archive, "sliced", noise("l", 3_000_000));
      await archive.run();
      for (const [key, object] of one.objects) {
        if (!key.startsWith("packs/")) continue;
        const bytes = object.bytes.slice();
        const at = Math.floor(bytes.length / 2);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        one.objects.set(key, { ...object, bytes });
      }
      const to = join(archive.folder, "back");
      const result = await archive.restore(to);
      expect(result).toMatchObject({ restored: 2, failed: 0 });
      expect(result.warnings.length).toBeGreaterThan(0);
      expect(digestTree(to)).toEqual(digestTree(archive.tree));
    }
  });

  it("a wrong identity is told as such, once", async () => {
    const archive = await archiveOf({ encrypted: true });
    const stranger = await archiveOf({ encrypted: true });
    write(archive, "a", "words");
    write(archive, "b/c", "more words");
    await archive.run();
    const { identities } = stranger;
    const failing = archive.restore(join(archive.folder, "back"), { identities });
    await expect(failing).rejects.toMatchObject({ code: "E_WRONG_KEY" });
  });
});

describe("a run that fails", () => {
  it("leaves no object that the next run does not account for, also where an answer was lost", async () => {
    for (const failNth of [1, 3, 4, 6]) {
      const store = new MemoryStore();
      const archive = await archiveOf({
        backends: () => ({ memory: memoryBackend({ store }) }),
        jobs: 1,
      });
      for (let n = 0; n < 3; n += 1) write(archive, `${n}`, noise(`${n}`, 700_000));
      write(archive, "sliced", noise("l", 3_000_000));
      const cut = archive.withBackends((backend) =>
        faultyBackend(backend, { failNth, afterEffect: true, only: ["put"] }),
      );
      await cut.run().catch(() => undefined);
      await archive.run();
      const known = new Set((await archive.packs()).map((pack) => pack.key));
      const there = [...store.objects.keys()].filter((key) => key.startsWith("packs/"));
      expect(new Set<string>(there)).toEqual(known);
      const to = join(archive.folder, "back");
      await archive.restore(to);
      expect(digestTree(to)).toEqual(digestTree(archive.tree));
    }
  });

  it("goes on in a large file at the slice where it stopped", async () => {
    const archive = await archiveOf({ jobs: 1 });
    write(archive, "disk.img", noise("disk", 8_000_000));
    const cut = archive.withBackends((backend) =>
      faultyBackend(backend, { failNth: 6, only: ["publish"] }),
    );
    await expect(cut.run()).rejects.toMatchObject({ code: "E_TEMPORARY" });
    const kept = (await archive.packs()).length;
    expect(kept).toBe(5);
    const second = await archive.run();
    expect(second.packs).toBeLessThanOrEqual(5);
    const to = join(archive.folder, "back");
    expect(await archive.restore(to)).toMatchObject({ restored: 1, failed: 0 });
    expect(digestTree(to)).toEqual(digestTree(archive.tree));
  });

  it("says that it was interrupted, whenever that was", async () => {
    const archive = await archiveOf();
    for (let n = 0; n < 4; n += 1) write(archive, `${n}`, noise(`${n}`, 700_000));
    await expect(archive.run(AbortSignal.abort())).rejects.toMatchObject({ code: "E_CANCELLED" });
    const stop = new AbortController();
    const cut = archive.withBackends((backend) => before(backend, () => stop.abort()));
    await expect(cut.run(stop.signal)).rejects.toMatchObject({ code: "E_CANCELLED" });
    const runs = await archive.archive.catalogue.runs();
    expect(runs.rows.map(({ state }) => state)).toEqual(["interrupted", "interrupted"]);
    expect(await archive.run()).toMatchObject({ filesStored: 4 });
  });
});

describe("beside the packs", () => {
  it("lie the note, the identity, and the last five catalogues", async () => {
    const archive = await archiveOf({ encrypted: true });
    for (let n = 0; n < 7; n += 1) {
      write(archive, "file", `version ${n}`);
      await archive.run();
    }
    const keys = (await archive.objects()).map((object) => object.split(" ")[1] ?? "");
    expect(keys).toContain("README-RECOVERY.txt");
    expect(keys).toContain("identity.age");
    const catalogues = keys.filter((key) => key.startsWith("catalogue/"));
    expect(catalogues.map((key) => key.slice(10, 17))).toEqual([
      "r000003",
      "r000004",
      "r000005",
      "r000006",
      "r000007",
    ]);
  });

  it("the keys come back where they are missing, although nothing changed", async () => {
    const archive = await archiveOf({ encrypted: true });
    write(archive, "file", "words");
    await archive.run();
    const { backend } = archive.archive.destinations[0] ?? {};
    await backend?.delete(objectKey("identity.age"));
    await archive.run();
    expect(await backend?.stat(objectKey("identity.age"))).toBeDefined();
    const path = backend?.staged?.pathOf(objectKey("identity.age")) ?? "";
    expect(readFileSync(path)).toEqual(
      Buffer.from((await archive.archive.catalogue.meta("identity")) ?? []),
    );
  });
});
