import { describe, expect, test } from "vitest";

import { orCancelled, sleep, throwIfCancelled, untilCancelled } from "./cancellation.ts";

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

const cancelled = { code: "E_CANCELLED" };

describe("cancelling", () => {
  test("throws only after the signal has fired, with its reason as cause", () => {
    expect(() => throwIfCancelled(undefined)).not.toThrow();
    expect(() => throwIfCancelled(new AbortController().signal)).not.toThrow();
    expect(() => throwIfCancelled(AbortSignal.abort("why"))).toThrow(
      expect.objectContaining({ ...cancelled, cause: "why" }),
    );
  });

  test("ends a wait at once", async () => {
    const controller = new AbortController();
    const waiting = sleep(1_000_000, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject(cancelled);
    await expect(sleep(0)).resolves.toBeUndefined();
  });

  test("gives the work's own outcome where it is first", async () => {
    const { signal } = new AbortController();
    await expect(orCancelled(Promise.resolve(7), signal)).resolves.toBe(7);
    await expect(orCancelled(Promise.reject(new Error("own")), signal)).rejects.toThrow("own");
  });

  test("ends a silent stream, and lets a live one clean up", async () => {
    let closed = 0;
    async function* numbers(silentAfter: number): AsyncGenerator<number> {
      try {
        for (let number = 1; ; number += 1) {
          if (number > silentAfter) await new Promise(() => undefined);
          yield number;
        }
      } finally {
        closed += 1;
      }
    }
    for (const silentAfter of [2, Number.POSITIVE_INFINITY]) {
      const controller = new AbortController();
      const read = async (): Promise<void> => {
        for await (const number of untilCancelled(numbers(silentAfter), controller.signal)) {
          if (number === 2) setTimeout(() => controller.abort(), 1);
          if (number > 2) await sleep(1);
        }
      };
      await expect(read()).rejects.toMatchObject(cancelled);
    }
    await sleep(1);
    expect(closed).toBe(1);
  });

  test("closes the source when the reader leaves or the source fails", async () => {
    let closed = 0;
    async function* failing(): AsyncGenerator<number> {
      try {
        yield 1;
        throw new Error("source");
      } finally {
        closed += 1;
      }
    }
    const { signal } = new AbortController();
    for await (const number of untilCancelled(failing(), signal)) if (number === 1) break;
    expect(closed).toBe(1);
    await expect(collect(untilCancelled(failing(), signal))).rejects.toThrow("source");
    expect(closed).toBe(2);
  });
});
