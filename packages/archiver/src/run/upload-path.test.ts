import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { faultyBackend, memoryBackend, MemoryStore } from "@coldstow/backend-testkit";
import {
  bytesSource,
  objectKey,
  withRetry,
  type ProgressEvent,
  type StorageBackend,
} from "@coldstow/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { dear, lost, passing, refusing, RemoteArchive } from "../../testing/remote-archive.ts";
import { missingCopies } from "../archive/missing-copies.ts";
import { spoolDirectory } from "./spool.ts";

const mebibyte = 1024 * 1024;
const made: RemoteArchive[] = [];

afterEach(async () => {
  for (const one of made.splice(0)) await one.test.close();
});

async function make(remotes: readonly string[], withLocal = false): Promise<RemoteArchive> {
  const subject = await RemoteArchive.make(remotes, withLocal);
  made.push(subject);
  return subject;
}

describe("packs on their way to remote destinations", () => {
  it("never take more room in the spool than they may, and several are sent at once", async () => {
    const subject = await make(["nas"]);
    subject.grow(14);
    const settings = { spoolSizeBytes: 4 * mebibyte };
    const directory = spoolDirectory(subject.test.archive.path, { spool: undefined });
    let most = 0;
    let underWay = 0;
    let mostUnderWay = 0;
    const watch = (): void => {
      let bytes = 0;
      for (const name of readdirSync(directory)) {
        bytes += statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0;
      }
      most = Math.max(most, bytes);
    };
    const watched = (inner: StorageBackend): StorageBackend => ({
      ...passing(inner),
      put: async (key, source, options) => {
        if (!key.startsWith("packs/")) return inner.put(key, source, options);
        underWay += 1;
        mostUnderWay = Math.max(mostUnderWay, underWay);
        const open = async function* (offset: number): AsyncGenerator<Uint8Array> {
          for await (const chunk of source.open(offset)) {
            for (let turn = 0; turn < 20; turn += 1) {
              watch();
              await new Promise((resolve) => setImmediate(resolve));
            }
            yield chunk;
          }
        };
        const info = await inner.put(key, { ...source, open }, options);
        underWay -= 1;
        return info;
      },
    });
    const result = await subject.run({ backends: { nas: watched }, settings });
    expect(result).toMatchObject({ filesStored: 14, problems: 0 });
    expect(most).toBeGreaterThan(mebibyte);
    expect(most).toBeLessThanOrEqual(4 * mebibyte);
    expect(mostUnderWay).toBeGreaterThan(1);
    expect(mostUnderWay).toBeLessThanOrEqual(4);
    expect(subject.packsAt("nas")).toEqual(await subject.knownPacks());
  });

  it("wait in a folder of the archive's own where the settings name one", async () => {
    const subject = await make(["nas"]);
    const spool = join(subject.test.root, "way");
    mkdirSync(spool);
    writeFileSync(join(spool, "another's"), "stays");
    subject.grow(1);
    const seen: string[][] = [];
    const watched = (inner: StorageBackend): StorageBackend => ({
      ...passing(inner),
      put: (key, source, options) => {
        seen.push(readdirSync(spool));
        return inner.put(key, source, options);
      },
    });
    await subject.run({ backends: { nas: watched }, settings: { spool } });
    expect(seen[0]?.some((name) => name.endsWith(".spool"))).toBe(true);
    expect(readdirSync(spool)).toEqual(["another's"]);
  });

  it("are stored once where an answer was lost, though the server stored them", async () => {
    const subject = await make(["nas"]);
    for (const failNth of [1, 2, 3]) {
      subject.grow(3);
      const losing = (inner: StorageBackend): StorageBackend =>
        withRetry(faultyBackend(inner, { failNth, afterEffect: true, only: ["put"] }), {
          baseDelayMs: 0,
        });
      const result = await subject.run({ backends: { nas: losing } });
      expect(result).toMatchObject({ filesStored: 3, warnings: [] });
      expect(subject.packsAt("nas")).toEqual(await subject.knownPacks());
    }
  });

  it("are noted as proven where they were, and by their size alone where not", async () => {
    const subject = await make(["nas"]);
    const levels = async (): Promise<(string | null)[]> => {
      const { catalogue } = subject.test.archive;
      const { rows } = await catalogue.copiesOnDestination(1, { state: "stored" });
      return rows.map(({ verifiedLevel }) => verifiedLevel);
    };
    expect(new Set(await levels())).toEqual(new Set(["digest"]));
    subject.grow(1);
    await subject.run({ settings: { readBack: false } });
    expect((await levels()).at(-1)).toBe(null);
  });
});

describe("a slow destination", () => {
  it("delays nothing's safety at a fast one of this machine", async () => {
    const subject = await make(["nas"], true);
    subject.grow(5);
    const open = Promise.withResolvers<void>();
    const slow = (inner: StorageBackend): StorageBackend => ({
      ...passing(inner),
      put: async (key, source, options) => {
        if (key.startsWith("packs/")) await open.promise;
        return inner.put(key, source, options);
      },
    });
    let safe = 0;
    const progress = (event: ProgressEvent): void => {
      if (event.type !== "stage" || event.stage !== "push") return;
      // Everything is packed and committed; of the new packs the slow one has none.
      const row = subject.test.archive.catalogue.driver
        .prepare(
          `SELECT count(*) AS n FROM entry e JOIN placement p ON p.content = e.content
           JOIN copy c ON c.pack = p.pack WHERE e.end_run IS NULL AND e.first_run > 1
           AND c.state = 'stored'`,
        )
        .get();
      safe = Number(row?.["n"]);
      expect(event.totalItems).toBeGreaterThanOrEqual(5);
      open.resolve();
    };
    const result = await subject.run({ backends: { nas: slow } }, { progress });
    expect(safe).toBe(5);
    expect(result).toMatchObject({ filesStored: 5, healedPacks: 0, warnings: [] });
    expect(subject.packsAt("nas")).toEqual(await subject.knownPacks());
    expect(await missingCopies(subject.test.archive.catalogue)).toEqual([]);
  });

  it("delays no commit at another remote one", async () => {
    const subject = await make(["fast", "slow"]);
    subject.grow(4);
    const open = Promise.withResolvers<void>();
    const slow = (inner: StorageBackend): StorageBackend => ({
      ...passing(inner),
      put: async (key, source, options) => {
        if (key.startsWith("packs/")) await open.promise;
        return inner.put(key, source, options);
      },
    });
    const progress = (event: ProgressEvent): void => {
      if (event.type === "stage" && event.stage === "push") open.resolve();
    };
    const result = await subject.run({ backends: { slow } }, { progress });
    expect(result).toMatchObject({ filesStored: 4, warnings: [] });
    for (const name of ["fast", "slow"]) {
      expect(subject.packsAt(name)).toEqual(await subject.knownPacks());
    }
  });
});

describe("a destination that fails for good", () => {
  it.each([true, false])(
    "is told once, and the others go on (local beside it: %s)",
    async (disk) => {
      for (const code of ["E_AUTH", "E_TEMPORARY"] as const) {
        const subject = disk ? await make(["nas"], true) : await make(["other", "nas"]);
        subject.grow(8);
        const attempts: string[] = [];
        const dead = (inner: StorageBackend): StorageBackend => refusing(inner, code, attempts);
        const result = await subject.run({ backends: { nas: dead } });
        expect(result).toMatchObject({ filesStored: 8, problems: 0 });
        expect(result.warnings.filter((one) => one.includes("destination nas"))).toHaveLength(1);
        expect(attempts.length).toBeLessThanOrEqual(4);
        const packs = result.packs;
        const missing = await missingCopies(subject.test.archive.catalogue);
        expect(missing).toEqual([{ destination: "local:nas", packs }]);
        expect(await subject.run()).toMatchObject({ healedPacks: packs, packs: 0, warnings: [] });
        expect(subject.packsAt("nas")).toEqual(await subject.knownPacks());
      }
    },
  );

  it("ends the run with its error where it is the only one; what was committed stays", async () => {
    const subject = await make(["nas"]);
    const before = await subject.knownPacks();
    subject.grow(6);
    const attempts: string[] = [];
    const dead = (inner: StorageBackend): StorageBackend => refusing(inner, "E_NO_SPACE", attempts);
    await expect(subject.run({ backends: { nas: dead } })).rejects.toMatchObject({
      code: "E_NO_SPACE",
    });
    expect(await subject.knownPacks()).toEqual(before);
    expect(readdirSync(subject.test.root).filter((name) => name.includes("spool"))).toEqual([]);
    expect(await subject.run()).toMatchObject({ filesStored: 6 });
    expect(subject.packsAt("nas")).toEqual(await subject.knownPacks());
  });

  it("by keeping other bytes has no copies, and gets good ones later", async () => {
    const subject = await make(["other", "nas"]);
    subject.grow(2);
    const lying = (inner: StorageBackend): StorageBackend => ({
      ...passing(inner),
      put: async (key, source, options) => {
        const info = await inner.put(key, source, options);
        const stored = subject.stores["nas"]?.objects.get(key);
        if (key.startsWith("packs/") && stored !== undefined)
          stored.bytes[500] = (stored.bytes[500] ?? 0) ^ 1;
        return info;
      },
    });
    const result = await subject.run({ backends: { nas: lying } });
    expect(result.warnings.join("\n")).toContain("other bytes");
    expect(await missingCopies(subject.test.archive.catalogue)).toMatchObject([
      { destination: "local:nas", packs: result.packs },
    ]);
    expect(await subject.run()).toMatchObject({ healedPacks: result.packs, warnings: [] });
    for (const key of subject.packsAt("nas")) {
      const [one, two] = ["nas", "other"].map((name) =>
        [...(subject.stores[name]?.objects ?? [])].find(([own]) => own === key),
      );
      expect(Buffer.from(one?.[1].bytes ?? []).equals(two?.[1].bytes ?? Buffer.alloc(1))).toBe(
        true,
      );
    }
  });
});

describe("what a cut run has left", () => {
  it("is forgotten only once every destination was asked, also one that was out of reach", async () => {
    const subject = await make(["one", "two"]);
    subject.grow(3);
    const known = await subject.knownPacks();
    await expect(subject.run({ backends: { one: lost, two: lost } })).rejects.toThrow("answer");
    expect(subject.packsAt("two").length).toBeGreaterThan(known.length);
    await subject.run({ without: "two" });
    await subject.run();
    for (const name of ["one", "two"]) {
      expect(subject.packsAt(name)).toEqual(await subject.knownPacks());
    }
  });
});

describe("a missing copy", () => {
  it("is not read from where that costs money, unless that is allowed", async () => {
    const subject = await make(["cold", "nas"]);
    const packs = await subject.knownPacks();
    for (const key of subject.stores["nas"]?.objects.keys() ?? []) {
      if (key.startsWith("packs/")) subject.stores["nas"]?.objects.delete(key);
    }
    subject.test.archive.catalogue.driver.exec(
      "UPDATE copy SET state = 'missing' WHERE destination = (SELECT id FROM destination WHERE name = 'local:nas')",
    );
    const backends = { cold: dear };
    const first = await subject.run({ backends });
    expect(first).toMatchObject({ healedPacks: 0, changed: false });
    expect(first.warnings).toEqual([
      expect.stringMatching(
        /^destination nas lacks \d+ packs \(\d+ MB\) that only destination cold has/,
      ),
    ]);
    const second = await subject.run({ backends }, { paidReads: true });
    expect(second).toMatchObject({ healedPacks: packs.length, warnings: [] });
    expect(subject.packsAt("nas")).toEqual(packs);
  });

  it.each([
    ["the source cannot be read from an offset", { rangeRead: false }, {}],
    ["the target tells MD5s, which must be known before", {}, { freeRead: false }],
  ])("comes through the spool where %s", async (_, ofSource, ofTarget) => {
    const subject = await make(["source", "nas"]);
    subject.grow(3);
    const gone = await subject.run({ without: "nas" });
    const source = (inner: StorageBackend): StorageBackend => ({
      ...passing(inner),
      capabilities: { ...inner.capabilities, ...ofSource },
    });
    const directory = spoolDirectory(subject.test.archive.path, { spool: undefined });
    const seen: string[] = [];
    const nas = (): StorageBackend => {
      const store = subject.stores["nas"] ?? new MemoryStore();
      const inner = memoryBackend({ store, serverDigest: "md5" });
      return {
        ...passing(inner),
        capabilities: { ...inner.capabilities, ...ofTarget },
        put: (key, body, options) => {
          if (key.startsWith("packs/")) seen.push(...readdirSync(directory));
          return inner.put(key, body, options);
        },
      };
    };
    const healed = await subject.run({ backends: { source, nas } });
    expect(healed).toMatchObject({ healedPacks: gone.packs, warnings: [] });
    expect(seen.some((name) => name.endsWith("-copied"))).toBe(true);
    expect(subject.packsAt("nas")).toEqual(await subject.knownPacks());
  });
});

describe("what lies beside the packs", () => {
  it("is looked at where a place is new to the archive: that of another archive is left alone", async () => {
    const subject = await make(["a", "b"]);
    const { catalogue, destinations } = subject.test.archive;
    const there = destinations.find(({ title }) => title === "destination b");
    catalogue.driver.prepare("DELETE FROM copy WHERE destination = ?").run(there?.id ?? 0);
    subject.stores["b"]?.objects.clear();
    await there?.backend.put(objectKey("identity.age"), bytesSource(new Uint8Array(300)));
    await catalogue.setMeta({ identity: new Uint8Array(300).fill(1) });
    await expect(subject.run()).rejects.toMatchObject({ code: "E_EXISTS" });
    expect(subject.packsAt("b")).toEqual([]);
  });

  it("ends the run where the only place refuses it for good", async () => {
    const subject = await make(["nas"]);
    subject.stores["nas"]?.objects.clear();
    const run = subject.run({ backends: { nas: (inner) => refusing(inner, "E_AUTH", []) } });
    await expect(run).rejects.toMatchObject({ code: "E_AUTH" });
  });
});
