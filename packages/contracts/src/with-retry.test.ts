import { describe, expect, test } from "vitest";

import { bytesSource } from "./body-source.ts";
import { ColdstowError } from "./coldstow-error.ts";
import type { ErrorCode } from "./error-table.ts";
import { objectKey } from "./object-key.ts";
import { readOnly } from "./read-only.ts";
import type {
  GetOptions,
  ObjectInfo,
  StagedStorage,
  StorageBackend,
  ThawTerms,
} from "./storage.ts";
import { throttled } from "./throttled.ts";
import { withRetry } from "./with-retry.ts";
import type { RetryNotice } from "./retry-policy.ts";

const key = objectKey("a");
const terms: ThawTerms = {
  tiers: [{ name: "standard", hours: 4 }],
  readyHours: undefined,
  pollSeconds: 600,
};
const info: ObjectInfo = { key, sizeBytes: 10 };
const body = Uint8Array.from({ length: 10 }, (_, index) => index);

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

function backend(more: Partial<StorageBackend>): StorageBackend {
  return {
    capabilities: {
      atomicPut: true,
      conditionalPut: true,
      rangeRead: true,
      resumeUpload: false,
      serverDigest: undefined,
      maxObjectBytes: 1000,
      maxConcurrent: 4,
      freeRead: true,
    },
    put: async () => info,
    get: (_key, options) =>
      bytesSource(body.slice(options?.range?.start, options?.range?.end)).open(0),
    stat: async () => info,
    async *list() {
      yield info;
    },
    delete: async () => undefined,
    close: async () => undefined,
    ...more,
  };
}

function failing<T>(
  times: number,
  code: ErrorCode,
  value: T,
): { calls: () => number; call: () => Promise<T> } {
  let calls = 0;
  return {
    calls: () => calls,
    call: async () => {
      calls += 1;
      if (calls <= times) throw new ColdstowError(code, `attempt ${calls}`);
      return value;
    },
  };
}

function staged(calls: string[]): StagedStorage {
  const note = async (name: string): Promise<void> => {
    calls.push(name);
  };
  return {
    stage: async () => {
      await note("stage");
      return "/somewhere";
    },
    publish: async () => {
      await note("publish");
      return info;
    },
    discard: () => note("discard"),
    sweep: () => note("sweep"),
    pathOf: () => "/object",
  };
}

function fakeClock(): { now: () => number; sleep: (milliseconds: number) => Promise<void> } {
  let time = 0;
  return {
    now: () => time,
    sleep: async (milliseconds) => {
      time += milliseconds;
    },
  };
}

function pausing(signal: AbortSignal | undefined, options: object): Promise<unknown> {
  return withRetry(backend({ put: failing(9, "E_TEMPORARY", info).call }), {
    baseDelayMs: 1_000_000,
    random: () => 1,
    ...(signal === undefined ? {} : { signal }),
  }).put(key, bytesSource(body), options);
}

describe("withRetry", () => {
  test("tries again what the table calls worth trying now, and nothing else", async () => {
    for (const [code, calls] of [
      ["E_TEMPORARY", 3],
      ["E_TIMEOUT", 3],
      ["E_THROTTLED", 3],
      ["E_AUTH", 1],
      ["E_NO_SPACE", 1],
      ["E_EXISTS", 1],
    ] as const) {
      const stat = failing(2, code, info);
      const outcome = await withRetry(backend({ stat: stat.call }), { baseDelayMs: 0 })
        .stat(key)
        .catch((error: unknown) => error);
      expect(stat.calls()).toBe(calls);
      expect(outcome).toMatchObject(calls === 3 ? info : { code });
    }
  });

  test("spends its patience once with a place that is gone, until it answers again", async () => {
    const clock = fakeClock();
    let gone = true;
    let calls = 0;
    const stat = async (): Promise<ObjectInfo> => {
      calls += 1;
      if (gone) throw new ColdstowError("E_TEMPORARY", "gone");
      return info;
    };
    const retried = withRetry(backend({ stat }), { ...clock, attempts: 5 });
    const madeBy = async (count: number): Promise<number> => {
      calls = 0;
      for (let call = 0; call < count; call += 1) await retried.stat(key).catch(() => undefined);
      return calls;
    };
    expect(await madeBy(3)).toBe(5 + 1 + 1);
    gone = false;
    expect(await madeBy(1)).toBe(1);
    gone = true;
    expect(await madeBy(1)).toBe(5);
  });

  test("begins no attempt once its patience is over, however few there were", async () => {
    const clock = fakeClock();
    let calls = 0;
    const stat = async (): Promise<never> => {
      calls += 1;
      await clock.sleep(120_000);
      throw new ColdstowError("E_TIMEOUT", "silent");
    };
    const retried = withRetry(backend({ stat }), clock);
    await expect(retried.stat(key)).rejects.toMatchObject({ code: "E_TIMEOUT" });
    expect(calls).toBe(3);
  });

  test("does not try again what has no code", async () => {
    let calls = 0;
    const stat = async (): Promise<never> => {
      calls += 1;
      throw new TypeError("slip");
    };
    await expect(withRetry(backend({ stat })).stat(key)).rejects.toThrow("slip");
    expect(calls).toBe(1);
  });

  test("gives up after the attempts allowed, with the last error", async () => {
    const stat = failing(99, "E_TIMEOUT", info);
    const retried = withRetry(backend({ stat: stat.call }), { attempts: 4, baseDelayMs: 0 });
    await expect(retried.stat(key)).rejects.toThrow("attempt 4");
    expect(stat.calls()).toBe(4);
  });

  test("pauses for a time that doubles, half of it left to chance, and says so", async () => {
    const notices: RetryNotice[] = [];
    const stat = failing(4, "E_TEMPORARY", info);
    await withRetry(backend({ stat: stat.call }), {
      baseDelayMs: 2,
      random: () => 0.5,
      onRetry: (notice) => notices.push(notice),
    }).stat(key);
    expect(notices.map(({ delayMs }) => delayMs)).toEqual([1.5, 3, 6, 12]);
    expect(notices.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(notices[0]?.operation).toBe("stat a");
  });

  test("outlasts a server that is gone for half a minute, whatever chance says", async () => {
    for (const random of [() => 0, () => 0.999]) {
      const clock = fakeClock();
      const stat = async (): Promise<ObjectInfo> => {
        if (clock.now() >= 30_000) return info;
        throw new ColdstowError("E_TEMPORARY", "connection refused");
      };
      const retried = withRetry(backend({ stat }), { ...clock, random });
      expect(await retried.stat(key)).toEqual(info);
      expect(clock.now()).toBeLessThan(70_000);
    }
  });

  test("gives up a server that stays away within two minutes", async () => {
    const clock = fakeClock();
    const stat = failing(99, "E_TEMPORARY", info);
    const retried = withRetry(backend({ stat: stat.call }), { ...clock, random: () => 0.999 });
    await expect(retried.stat(key)).rejects.toMatchObject({ code: "E_TEMPORARY" });
    expect(clock.now()).toBeLessThan(120_000);
  });

  test.each(["E_THROTTLED", "E_TEMPORARY"] as const)(
    "waits for the time that %s names, if it is a few minutes away, and not for a later one",
    async (code) => {
      for (const [seconds, calls] of [
        [100, 2],
        [3600, 1],
      ] as const) {
        const clock = fakeClock();
        const retryAt = new Date(seconds * 1000).toISOString();
        let made = 0;
        const stat = async (): Promise<ObjectInfo> => {
          made += 1;
          if (made === 1) throw new ColdstowError(code, "later", { retryAt });
          return info;
        };
        const outcome = await withRetry(backend({ stat }), { ...clock, random: () => 0 })
          .stat(key)
          .catch((error: unknown) => error);
        expect(made).toBe(calls);
        expect(outcome).toMatchObject(calls === 2 ? info : { code, retryAt });
        expect(clock.now() >= seconds * 1000).toBe(calls === 2);
      }
    },
  );

  test("goes on with an upload as long as each attempt gets further", async () => {
    const mebibyte = 1024 * 1024;
    for (const [step, calls] of [
      [mebibyte, 20],
      [1000, 3],
    ] as const) {
      let made = 0;
      const told: number[] = [];
      const put: StorageBackend["put"] = async (_key, _source, options) => {
        made += 1;
        options?.onProgress?.(made * step);
        if (made < 20) throw new ColdstowError("E_TEMPORARY", "broken");
        return info;
      };
      await withRetry(backend({ put }), { attempts: 3, baseDelayMs: 0 })
        .put(key, bytesSource(body), { onProgress: (sent) => told.push(sent) })
        .catch(() => undefined);
      expect(made).toBe(calls);
      expect(told).toEqual(Array.from({ length: calls }, (_, index) => (index + 1) * step));
    }
  });

  test("can be cancelled during a pause, by either signal", async () => {
    for (const use of ["backend", "call"]) {
      const controller = new AbortController();
      const { signal } = controller;
      const put = use === "backend" ? pausing(signal, {}) : pausing(undefined, { signal });
      setTimeout(() => controller.abort(), 1);
      await expect(put).rejects.toMatchObject({ code: "E_CANCELLED" });
    }
  });

  test("goes on with a broken get after the bytes it has delivered", async () => {
    for (const rangeRead of [true, false]) {
      for (const range of [undefined, { start: 2, end: 9 }]) {
        const asked: (GetOptions | undefined)[] = [];
        const inner = backend({
          async *get(_key, options) {
            asked.push(options);
            const { start, end } = options?.range ?? { start: 0, end: body.length };
            yield body.slice(start, Math.min(end, start + 3));
            if (asked.length < 3) throw new ColdstowError("E_TEMPORARY", "broken");
            yield body.slice(start + 3, end);
          },
        });
        const whole = { ...inner, capabilities: { ...inner.capabilities, rangeRead } };
        const retried = withRetry(whole, { attempts: 3, baseDelayMs: 0 });
        const chunks = await collect(retried.get(key, range === undefined ? {} : { range }));
        expect(Buffer.concat(chunks)).toEqual(Buffer.from(body.slice(range?.start, range?.end)));
        const again = {
          start: (range?.start ?? 0) + 3,
          end: range?.end ?? Number.MAX_SAFE_INTEGER,
        };
        expect(asked[1]?.range).toEqual(rangeRead ? again : range);
      }
    }
  });

  test("lists each object once when a listing breaks", async () => {
    const keys = ["a", "b", "c", "d"].map((name) => objectKey(name));
    let listings = 0;
    const inner = backend({
      async *list() {
        listings += 1;
        for (const [index, each] of keys.entries()) {
          if (index === listings) throw new ColdstowError("E_TEMPORARY", "broken");
          yield { key: each, sizeBytes: index };
        }
      },
    });
    const listed = await collect(withRetry(inner, { attempts: 2, baseDelayMs: 0 }).list(""));
    expect(listed.map((each) => each.key)).toEqual(keys);
    expect(listings).toBe(4);
  });

  test("offers staged and cold storage exactly where the backend has them", async () => {
    expect(withRetry(backend({}))).not.toHaveProperty("staged");
    expect(withRetry(backend({}))).not.toHaveProperty("cold");
    const calls: string[] = [];
    const state = failing(1, "E_TIMEOUT", [{ key, state: "ready" as const }]);
    const cold = { terms, requestThaw: state.call, thawState: state.call };
    const retried = withRetry(backend({ staged: staged(calls), cold }), { baseDelayMs: 0 });
    expect(await retried.staged?.stage(key)).toBe("/somewhere");
    await retried.staged?.publish(key, "/somewhere");
    await retried.staged?.discard("/somewhere");
    await retried.staged?.sweep(key);
    expect(retried.staged?.pathOf(key)).toBe("/object");
    expect(calls).toEqual(["stage", "publish", "discard", "sweep"]);
    expect(await retried.cold?.requestThaw([key], {})).toEqual([{ key, state: "ready" }]);
    expect(await retried.cold?.thawState([key])).toHaveLength(1);
  });
});

describe("readOnly", () => {
  test("refuses every write, also of staged files, and passes every reading", async () => {
    const calls: string[] = [];
    const cold = { terms, requestThaw: async () => [], thawState: async () => [] };
    const inner = backend({ staged: staged(calls), cold });
    const only = readOnly(inner);
    const refused = { code: "E_READ_ONLY" };
    await expect(only.put(key, bytesSource(body))).rejects.toMatchObject(refused);
    await expect(only.delete(key)).rejects.toMatchObject(refused);
    await expect(only.staged?.stage(key)).rejects.toMatchObject(refused);
    await expect(only.staged?.publish(key, "/x")).rejects.toMatchObject(refused);
    await expect(only.staged?.discard("/x")).rejects.toMatchObject(refused);
    await expect(only.staged?.sweep(key)).rejects.toMatchObject(refused);
    expect(calls).toEqual([]);
    expect(only.staged?.pathOf(key)).toBe("/object");
    expect(await only.stat(key)).toEqual(info);
    expect(Buffer.concat(await collect(only.get(key)))).toEqual(Buffer.from(body));
    expect(await collect(only.list(""))).toEqual([info]);
    expect(only.cold).toBe(cold);
    await only.close();
  });

  test("still refuses a bad key first", async () => {
    const bad = "../a" as typeof key;
    await expect(readOnly(backend({})).delete(bad)).rejects.toMatchObject({ code: "E_BAD_KEY" });
  });
});

describe("throttled", () => {
  test("spreads put and get together over the time that the limit asks for", async () => {
    let time = 0;
    const clock = {
      bytesPerSecond: 1000,
      now: () => time,
      sleep: async (milliseconds: number) => {
        time += milliseconds;
      },
    };
    const seen: number[] = [];
    const inner = backend({
      put: async (_key, source) => {
        for await (const chunk of source.open(0)) seen.push(chunk.length);
        return info;
      },
      get: () => bytesSource(new Uint8Array(3000)).open(0),
    });
    const slow = throttled(inner, clock);
    await slow.put(key, bytesSource(new Uint8Array(5000)));
    expect(Math.max(...seen)).toBeLessThanOrEqual(100);
    expect(seen.reduce((sum, length) => sum + length)).toBe(5000);
    expect(time).toBeGreaterThanOrEqual(4900);
    const got = await collect(slow.get(key));
    expect(got.reduce((sum, chunk) => sum + chunk.length, 0)).toBe(3000);
    expect(time).toBeGreaterThanOrEqual(7900);
    expect(time).toBeLessThanOrEqual(8000);
  });

  test("can be cancelled while it waits", async () => {
    const controller = new AbortController();
    const slow = throttled(backend({}), { bytesPerSecond: 0.001 });
    setTimeout(() => controller.abort(), 1);
    const read = collect(slow.get(key, { signal: controller.signal }));
    await expect(read).rejects.toMatchObject({ code: "E_CANCELLED" });
  });

  test("ends at once by a signal of its own, even while the store is silent", async () => {
    const controller = new AbortController();
    const inner = backend({
      async *get() {
        yield body;
        await new Promise(() => undefined);
      },
    });
    const { signal } = controller;
    const read = collect(throttled(inner, { bytesPerSecond: 1e9, signal }).get(key));
    setTimeout(() => controller.abort(), 1);
    await expect(read).rejects.toMatchObject({ code: "E_CANCELLED" });
  });

  test("refuses a limit that would move nothing", () => {
    for (const bytesPerSecond of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => throttled(backend({}), { bytesPerSecond })).toThrow(
        expect.objectContaining({ code: "E_CONFIG" }),
      );
    }
  });

  test("passes staged and cold storage through as they are", () => {
    const inner = backend({ staged: staged([]) });
    expect(throttled(inner, { bytesPerSecond: 1 }).staged).toBe(inner.staged);
    expect(throttled(inner, { bytesPerSecond: 1 })).not.toHaveProperty("cold");
  });
});
