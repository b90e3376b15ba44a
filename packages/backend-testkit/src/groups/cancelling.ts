import assert from "node:assert/strict";

import { objectKey } from "@coldstow/contracts";

import { assertCode } from "../assert-error.ts";
import { readAll } from "../bench.ts";
import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";
import { trackedSource } from "../sources.ts";

const key = objectKey("cancel/object");
const bytes: Uint8Array = randomBytes(400_000, 13);

/** A call that is cancelled ends soon, with `E_CANCELLED`, and has changed nothing. */
export function cancelling(): readonly Scenario[] {
  return [
    {
      name: "a put that was cancelled beforehand stores nothing",
      run: async (bench) => {
        const signal = AbortSignal.abort();
        const source = trackedSource(bytes);
        await assertCode(() => bench.backend.put(key, source, { signal }), ["E_CANCELLED"], "put");
        await bench.assertAbsent(key);
      },
    },
    {
      name: "a put that is cancelled midway stores nothing and keeps the old object",
      run: async (bench) => {
        const before = randomBytes(77, 1);
        await bench.put(key, before);
        const controller = new AbortController();
        const beforeChunk = (at: number): void => {
          if (at > 150_000) controller.abort();
        };
        const source = trackedSource(bytes, { beforeChunk });
        const { signal } = controller;
        await assertCode(() => bench.backend.put(key, source, { signal }), ["E_CANCELLED"], "put");
        await bench.assertHolds(key, before);
        assert.equal((await bench.listed("")).size, 1, "something else is listed");
      },
    },
    {
      name: "a put whose source has fallen silent can still be cancelled",
      run: async (bench) => {
        const controller = new AbortController();
        const beforeChunk = async (at: number): Promise<void> => {
          if (at === 0) return;
          setTimeout(() => controller.abort(), 5);
          await new Promise(() => undefined);
        };
        const source = trackedSource(bytes, { beforeChunk });
        const { signal } = controller;
        await assertCode(() => bench.backend.put(key, source, { signal }), ["E_CANCELLED"], "put");
        await bench.assertAbsent(key);
      },
    },
    {
      name: "a put that is cancelled after it was done stays done",
      run: async (bench) => {
        const controller = new AbortController();
        await bench.put(key, bytes, { signal: controller.signal });
        controller.abort();
        await bench.assertHolds(key, bytes);
      },
    },
    {
      name: "a get that was cancelled beforehand yields nothing",
      run: async (bench) => {
        await bench.put(key, bytes);
        await bench.thaw(key);
        const signal = AbortSignal.abort();
        await assertCode(() => readAll(bench.backend.get(key, { signal })), ["E_CANCELLED"], "get");
      },
    },
    {
      name: "a get that is cancelled midway ends, and the next one works",
      run: async (bench) => {
        const large = randomBytes(bench.largeBytes, 14);
        await bench.put(key, large);
        await bench.thaw(key);
        const controller = new AbortController();
        const read = async (): Promise<void> => {
          for await (const chunk of bench.backend.get(key, { signal: controller.signal })) {
            if (chunk.length > 0) controller.abort();
          }
        };
        await assertCode(read, ["E_CANCELLED"], "get");
        await bench.assertHolds(key, large);
      },
    },
    {
      name: "a get that its reader leaves midway frees what it held",
      run: async (bench) => {
        await bench.put(key, bytes);
        await bench.thaw(key);
        const rounds = bench.backend.capabilities.maxConcurrent + 2;
        for (let round = 0; round < Math.min(rounds, 40); round += 1) {
          for await (const chunk of bench.backend.get(key)) {
            if (chunk.length > 0) break;
          }
        }
        await bench.assertHolds(key, bytes);
      },
    },
  ];
}
