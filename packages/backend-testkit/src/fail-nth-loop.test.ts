import { createHash } from "node:crypto";

import { bytesSource, objectKey, withRetry, type StorageBackend } from "@coldstow/contracts";
import { ColdstowError, isColdstowError } from "@coldstow/contracts";
import { describe, expect, test } from "vitest";

import { readAll } from "./bench.ts";
import { failNthLoop } from "./fail-nth-loop.ts";
import { faultyBackend } from "./faulty-backend.ts";
import { memoryBackend } from "./memory-backend.ts";
import { randomBytes } from "./random-bytes.ts";

const key = objectKey("a/b");
const bytes = randomBytes(300_000, 1);

async function everyCall(backend: StorageBackend): Promise<void> {
  await backend.put(key, bytesSource(bytes));
  expect(await readAll(backend.get(key))).toEqual(Buffer.from(bytes));
  expect((await backend.stat(key))?.sizeBytes).toBe(bytes.length);
  const listed: string[] = [];
  for await (const info of backend.list("a/")) listed.push(info.key);
  expect(listed).toEqual([key]);
  await backend.delete(key);
  expect(await backend.stat(key)).toBeUndefined();
}

describe("failNthLoop", () => {
  for (const afterEffect of [false, true]) {
    test(`withRetry survives every single fault, ${afterEffect ? "after" : "before"} the effect`, async () => {
      const rounds = await failNthLoop(
        async ({ wrap }) => {
          await everyCall(withRetry(wrap(memoryBackend()), { baseDelayMs: 0 }));
        },
        { afterEffect },
      );
      expect(rounds).toBe(6);
    });
  }

  test("names the call whose failing the scenario does not survive", async () => {
    const run = failNthLoop(async ({ wrap }) => await everyCall(wrap(memoryBackend())));
    await expect(run).rejects.toThrow(/^with call 1 failing: the connection broke/);
  });

  test("refuses a scenario without a backend, and one that never ends", async () => {
    await expect(failNthLoop(async () => undefined)).rejects.toThrow("wrapped no backend");
    const endless = failNthLoop(
      async ({ n, wrap }) => {
        const backend = wrap(memoryBackend());
        for (let call = 0; call <= n; call += 1) await backend.stat(key).catch(() => undefined);
      },
      { maxRounds: 5 },
    );
    await expect(endless).rejects.toThrow("still makes calls after 5 rounds");
  });
});

describe("a faulty backend", () => {
  test("fails before the effect, once", async () => {
    const inner = memoryBackend();
    const faulty = faultyBackend(inner, { failNth: 1 });
    await expect(faulty.put(key, bytesSource(bytes))).rejects.toMatchObject({
      code: "E_TEMPORARY",
    });
    expect(await inner.stat(key)).toBeUndefined();
    await faulty.put(key, bytesSource(bytes));
    expect(await inner.stat(key)).toBeDefined();
    expect([faulty.calls(), faulty.fired()]).toEqual([2, true]);
  });

  test("loses the answer after the effect", async () => {
    const inner = memoryBackend();
    const faulty = faultyBackend(inner, { failNth: 1, afterEffect: true });
    await expect(faulty.put(key, bytesSource(bytes))).rejects.toMatchObject({
      code: "E_TEMPORARY",
    });
    expect((await inner.stat(key))?.sizeBytes).toBe(bytes.length);
  });

  test("breaks a get after its first piece", async () => {
    const inner = memoryBackend();
    await inner.put(key, bytesSource(bytes));
    const faulty = faultyBackend(inner, { failNth: 1, afterEffect: true });
    let seen = 0;
    const read = async (): Promise<void> => {
      for await (const chunk of faulty.get(key)) seen += chunk.length;
    };
    await expect(read()).rejects.toMatchObject({ code: "E_TEMPORARY" });
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBeLessThan(bytes.length);
  });

  test("fails for ever, with the error given, for the calls named", async () => {
    const faulty = faultyBackend(memoryBackend(), {
      failNth: 2,
      forever: true,
      only: ["stat"],
      error: () => new ColdstowError("E_AUTH", "no longer welcome"),
    });
    await faulty.put(key, bytesSource(bytes));
    expect(await faulty.stat(key)).toBeDefined();
    for (let call = 0; call < 3; call += 1) {
      const error: unknown = await faulty.stat(key).catch((reason: unknown) => reason);
      expect(isColdstowError(error) && error.code).toBe("E_AUTH");
    }
    expect(faulty.calls()).toBe(4);
  });
});

test("after a lost answer, ifAbsent succeeds only where a digest proves the object to be ours", async () => {
  const hex = createHash("sha256").update(bytes).digest("hex");
  const known = [{ algorithm: "sha256", hex } as const];
  for (const [serverDigest, source, wins] of [
    ["sha256", bytesSource(bytes, known), true],
    ["sha256", bytesSource(bytes), false],
    ["md5", bytesSource(bytes, known), false],
  ] as const) {
    const lost = faultyBackend(memoryBackend({ serverDigest }), { failNth: 1, afterEffect: true });
    const outcome = await withRetry(lost, { baseDelayMs: 0 })
      .put(key, source, { ifAbsent: true })
      .then(
        () => "stored",
        (error: unknown) => (isColdstowError(error) ? error.code : error),
      );
    expect(outcome).toBe(wins ? "stored" : "E_EXISTS");
  }
});
