import { describe, expect, test } from "vitest";

import { backend, body, collect, info, key, staged } from "../testing/canned-backend.ts";
import { bytesSource } from "./body-source.ts";
import { throttled } from "./throttled.ts";

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
