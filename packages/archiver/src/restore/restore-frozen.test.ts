import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { memoryBackend } from "@coldstow/backend-testkit";
import {
  ColdstowError,
  isColdstowError,
  objectKey,
  type StorageBackend,
} from "@coldstow/contracts";
import { afterEach, describe, expect, it } from "vitest";
import {
  coldArchive,
  coldPlace,
  type ColdArchive,
  FakeClock,
  hourMs,
} from "../../testing/cold-archive.ts";

const open: ColdArchive[] = [];
/** The last pack of the archive holds only names. */
const dataPacks = 5;

async function archive(options: Parameters<typeof coldArchive>[0] = {}): Promise<ColdArchive> {
  const made = await coldArchive(options);
  open.push(made);
  return made;
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function jobs({ archive: { catalogue } }: ColdArchive): Promise<number> {
  return (await catalogue.restoreJobs("open")).length;
}

describe("a restore from frozen packs", () => {
  it("asks for them, ends, and is finished by the same command when they are ready", async () => {
    const cold = await archive();
    const first = await cold.restore();
    const packs = dataPacks;
    expect(first.waiting).toMatchObject({
      asked: { packs },
      left: { packs: 0 },
      done: { packs: 0 },
      comeBackAt: "2030-01-01T04:00:00.000Z",
    });
    cold.clock.pass(4);
    const second = await cold.restore();
    expect(second.waiting).toBeUndefined();
    expect(second.failed).toBe(0);
    expect(cold.isRestored()).toBe(true);
    expect(await jobs(cold)).toBe(0);
    const { log } = cold.place;
    expect(log.requests.flat()).toHaveLength(packs);
    expect([...log.twice, ...log.tooEarly]).toEqual([]);
  });

  it("asks only for the packs that hold what is wanted", async () => {
    const cold = await archive();
    const select = ["album/picture-0.jpg"];
    await cold.restore({ select });
    const asked = cold.place.log.requests.flat();
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.length).toBeLessThan((await cold.packs()).length);
    cold.clock.pass(5);
    expect((await cold.restore({ select })).waiting).toBeUndefined();
    expect(cold.place.log.gets.toSorted()).toEqual(asked.toSorted());
  });

  it("asks for nothing when everything is there already", async () => {
    const cold = await archive();
    await cold.restore();
    cold.clock.pass(5);
    await cold.restore();
    cold.clock.pass(500);
    const again = await cold.restore();
    expect(again).toMatchObject({ restored: 0, failed: 0 });
    expect(again.waiting).toBeUndefined();
    expect(cold.place.log.requests).toHaveLength(1);
    expect(await jobs(cold)).toBe(0);
  });

  it("thaws nothing for files that would be kept in the way", async () => {
    const cold = await archive();
    await cold.restore({ select: ["notes.txt"] });
    cold.clock.pass(5);
    await cold.restore({ select: ["notes.txt"] });
    writeFileSync(join(cold.back, "notes.txt"), "mine");
    cold.clock.pass(500);
    const again = await cold.restore({ select: ["notes.txt"] });
    expect(again).toMatchObject({ skipped: 1, failed: 0 });
    expect(cold.place.log.requests).toHaveLength(1);
  });

  it("waits when it is told, asking for states at the time that was named, and finishes", async () => {
    const cold = await archive();
    const result = await cold.restore({ thaw: { wait: true } });
    expect(result.waiting).toBeUndefined();
    expect(cold.isRestored()).toBe(true);
    expect(cold.clock.ms).toBe(Date.parse("2030-01-01T04:00:00Z"));
    expect(cold.told.filter(({ type }) => type === "wait")).toEqual([
      {
        type: "wait",
        reason: `${dataPacks} packs are being thawed`,
        until: "2030-01-01T04:00:00.000Z",
        thaw: { readyAt: "2030-01-01T04:00:00.000Z" },
      },
    ]);
  });

  it("can be interrupted while it waits, and goes on afterwards", async () => {
    const cold = await archive();
    const stop = new AbortController();
    const sleep = async (): Promise<void> => {
      stop.abort(new Error("stop"));
      stop.signal.throwIfAborted();
    };
    const clock = { now: cold.clock.now, sleep };
    await expect(
      cold.restore({ signal: stop.signal, thaw: { wait: true, clock } }),
    ).rejects.toThrow("stop");
    await cold.restore({ thaw: { wait: true } });
    expect(cold.isRestored()).toBe(true);
    expect(cold.place.log.twice).toEqual([]);
  });

  it("asks again for what froze before it was fetched, and says so", async () => {
    const cold = await archive();
    await cold.restore();
    cold.clock.pass(24 * 30);
    const late = await cold.restore();
    expect(late.waiting?.asked.packs).toBe(dataPacks);
    expect(cold.told).toContainEqual(
      expect.objectContaining({ type: "warning", code: "E_FROZEN" }),
    );
    cold.clock.pass(4);
    await cold.restore();
    expect(cold.isRestored()).toBe(true);
    expect([...cold.place.log.twice, ...cold.place.log.tooEarly]).toEqual([]);
  });

  it("finds its job again by folder, paths and run, also after a newer run", async () => {
    const cold = await archive();
    await cold.restore();
    writeFileSync(join(cold.tree, "new.txt"), "new");
    await cold.run("resume");
    cold.clock.pass(4);
    const result = await cold.restore();
    expect(result.waiting).toBeUndefined();
    expect(cold.place.log.requests).toHaveLength(1);
    expect(cold.isRestored()).toBe(false);
    expect(await jobs(cold)).toBe(0);
  });
});

describe("waves", () => {
  it("ask for no more at once than can be fetched while it is ready", async () => {
    const cold = await archive({ terms: { readyHours: 24 } });
    const sizes = new Map((await cold.packs()).map(({ key, sizeBytes }) => [key, sizeBytes ?? 0]));
    const limit = 2_200_000;
    const bytesPerSecond = limit / (24 * 3600 * 0.7);
    let processes = 0;
    for (let isDone = false; !isDone; processes += 1) {
      const { waiting } = await cold.restore({ thaw: { bytesPerSecond } });
      isDone = waiting === undefined;
      if (waiting !== undefined) cold.clock.ms = Date.parse(waiting.comeBackAt);
    }
    const waves = cold.place.log.requests.map((keys) =>
      keys.reduce((sum, key) => sum + (sizes.get(key) ?? 0), 0),
    );
    expect(waves.length).toBeGreaterThan(2);
    expect(Math.max(...waves)).toBeLessThanOrEqual(limit);
    expect(processes).toBe(waves.length + 1);
    expect(cold.isRestored()).toBe(true);
    expect([...cold.place.log.twice, ...cold.place.log.tooEarly]).toEqual([]);
  });

  it("are asked for one after the other while it waits", async () => {
    const cold = await archive({ terms: { readyHours: 24 } });
    const thaw = { wait: true, bytesPerSecond: 1_000_000 / (24 * 3600 * 0.7) };
    expect((await cold.restore({ thaw })).waiting).toBeUndefined();
    expect(cold.place.log.requests.length).toBeGreaterThan(3);
    expect(cold.isRestored()).toBe(true);
    expect([...cold.place.log.twice, ...cold.place.log.tooEarly]).toEqual([]);
  });

  it("are one where the days can be chosen: as many as fetching takes, and two", async () => {
    const cold = await archive();
    const bytes = (await cold.packs()).reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
    const { waiting } = await cold.restore({ thaw: { bytesPerSecond: bytes / (86_400 * 2.5) } });
    expect(cold.place.log.options).toEqual([{ days: 5 }]);
    expect(waiting?.plan).toMatchObject([{ days: 5, hours: 4, tier: "standard" }]);
  });
});

describe("where a pack is taken from", () => {
  it("is a copy that needs no thawing, wherever there is one", async () => {
    const warm = memoryBackend({});
    const cold = await archive({ more: () => ({ warm }) });
    expect((await cold.restore()).waiting).toBeUndefined();
    expect(cold.isRestored()).toBe(true);
    expect(cold.place.log).toMatchObject({ requests: [], gets: [] });
    expect(await jobs(cold)).toBe(0);
  });

  it("is the cold copy where the other is gone, and only for those packs", async () => {
    const warm = memoryBackend({});
    const cold = await archive({ more: () => ({ warm }) });
    const [gone] = await cold.packs();
    const key = objectKey(gone?.key ?? "");
    await warm.delete(key);
    const first = await cold.restore();
    expect(first.waiting).toMatchObject({ asked: { packs: 1 } });
    expect(first.restored).toBeGreaterThan(0);
    expect(cold.place.log.requests).toEqual([[key]]);
    cold.clock.pass(4);
    await cold.restore();
    expect(cold.isRestored()).toBe(true);
  });

  it("is the place that is ready first, of two that are cold", async () => {
    const clock = new FakeClock();
    const slow = coldPlace(clock, { thawMs: 48 * hourMs });
    const cold = await archive({ more: () => ({ slow: slow.backend }) });
    await cold.restore({ thaw: { wait: true } });
    expect(cold.isRestored()).toBe(true);
    expect(slow.log.requests).toEqual([]);
  });

  it("is another copy where the object is gone when it is asked for", async () => {
    const clock = new FakeClock();
    const slow = coldPlace(clock, { thawMs: 48 * hourMs });
    const cold = await archive({ more: () => ({ slow: slow.backend }) });
    const [gone] = await cold.packs();
    await cold.place.backend.delete(objectKey(gone?.key ?? ""));
    clock.ms = cold.clock.ms;
    await cold.restore();
    cold.clock.pass(4);
    await cold.restore();
    clock.pass(48);
    cold.clock.pass(48);
    expect((await cold.restore()).waiting).toBeUndefined();
    expect(cold.isRestored()).toBe(true);
    expect(slow.log.requests).toEqual([[gone?.key]]);
  });

  it("is told where no copy is left, in every process, and the rest is restored", async () => {
    const cold = await archive();
    await cold.restore();
    const [gone] = await cold.packs();
    await cold.place.backend.delete(objectKey(gone?.key ?? ""));
    cold.clock.pass(4);
    const result = await cold.restore();
    expect(result.failed).toBeGreaterThan(0);
    expect(result.restored).toBeGreaterThan(0);
    expect(result.waiting).toBeUndefined();
    expect(await jobs(cold)).toBe(0);
    expect(cold.told).toContainEqual(expect.objectContaining({ type: "item", code: "E_MISSING" }));
  });
});

/** A place that is warm by its settings; reading there fails from now on, if `broken` says how. */
function warmPlace(broken: { error: ColdstowError | undefined }): StorageBackend {
  const inner = memoryBackend();
  return {
    capabilities: { ...inner.capabilities, freeRead: false },
    put: (key, source, options) => inner.put(key, source, options),
    stat: (key) => inner.stat(key),
    list: (prefix) => inner.list(prefix),
    delete: (key) => inner.delete(key),
    close: () => inner.close(),
    async *get(key, options) {
      if (broken.error !== undefined) throw broken.error;
      yield* inner.get(key, options);
    },
  };
}

describe("a warm place that fails", () => {
  it("because its objects were frozen behind its back, leaves the cold copies, which are asked for", async () => {
    const broken: { error: ColdstowError | undefined } = { error: undefined };
    const cold = await archive({ more: () => ({ warm: warmPlace(broken) }) });
    broken.error = new ColdstowError("E_FROZEN", "another class than its settings say");
    const first = await cold.restore();
    expect(first.waiting?.asked.packs).toBeGreaterThan(0);
    cold.clock.pass(13);
    expect((await cold.restore()).waiting).toBeUndefined();
    expect(cold.isRestored()).toBe(true);
  });

  it("does not make the cold copies be asked for beyond the budget", async () => {
    const broken: { error: ColdstowError | undefined } = { error: undefined };
    const cold = await archive({ more: () => ({ warm: warmPlace(broken) }) });
    broken.error = new ColdstowError("E_TEMPORARY", "down");
    const budget = { amount: 1 };
    await expect(cold.restore({ thaw: { budget } })).rejects.toMatchObject({ code: "E_BUDGET" });
    expect(cold.place.log.requests).toEqual([]);
  });
});

describe("what it may cost", () => {
  it("is unknown without a price list, so a budget asks for nothing", async () => {
    const cold = await archive();
    const attempt = cold.restore({ thaw: { budget: { amount: 5_000_000 } } });
    await expect(attempt).rejects.toSatisfy(
      (error) => isColdstowError(error) && error.code === "E_BUDGET",
    );
    expect(cold.place.log.requests).toEqual([]);
  });

  it("does not matter where nothing has to be thawed", async () => {
    const cold = await archive({ unsealedMs: hourMs });
    const result = await cold.restore({ thaw: { budget: { amount: 0 } } });
    expect(result.waiting).toBeUndefined();
    expect(cold.isRestored()).toBe(true);
  });

  it("refuses a tier that no destination has, and names those that there are", async () => {
    const cold = await archive();
    await expect(cold.restore({ thaw: { tier: "express" } })).rejects.toThrow(/has standard/);
    expect(cold.place.log.requests).toEqual([]);
  });
});
