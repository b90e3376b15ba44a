import { describe, expect, test } from "vitest";

import { backend, body, collect, info, key, staged, terms } from "../testing/canned-backend.ts";
import { bytesSource } from "./body-source.ts";
import { ColdstowError } from "./coldstow-error.ts";
import type { ErrorCode } from "./error-table.ts";
import { objectKey } from "./object-key.ts";
import type { GetOptions, ObjectInfo, StorageBackend } from "./storage.ts";
import { withRetry } from "./with-retry.ts";
import type { RetryNotice } from "./retry-policy.ts";

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
