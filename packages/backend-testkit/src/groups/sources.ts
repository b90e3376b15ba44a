import assert from "node:assert/strict";

import { ColdstowError, objectKey } from "@coldstow/contracts";

import { assertCode } from "../assert-error.ts";
import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";
import { trackedSource, type SourceOptions } from "../sources.ts";

const key = objectKey("source/object");
const MiB = 1024 * 1024;

const shapes: readonly { what: string; size: number; options: SourceOptions }[] = [
  { what: "single bytes", size: 5000, options: { chunkBytes: 1 } },
  { what: "chunks of 7 bytes", size: 20_000, options: { chunkBytes: 7 } },
  { what: "chunks of 4 KiB", size: 300_001, options: { chunkBytes: 4096 } },
  { what: "chunks of 65 537 bytes", size: 400_000, options: { chunkBytes: 65_537 } },
  { what: "chunks of 1 MiB", size: 2 * MiB + 5, options: { chunkBytes: MiB } },
  { what: "one chunk", size: 3 * MiB, options: { chunkBytes: 3 * MiB } },
  {
    what: "a small buffer that is used again",
    size: 50_000,
    options: { chunkBytes: 1000, reuseBuffer: true },
  },
  {
    what: "a large buffer that is used again",
    size: 3 * MiB,
    options: { chunkBytes: 300_000, reuseBuffer: true },
  },
];

/** However a body arrives, the object is the same. */
export function sources(): readonly Scenario[] {
  return [
    ...shapes.map(
      ({ what, size, options }) =>
        ({
          name: `a body that arrives as ${what} is stored as it is`,
          run: async (bench) => {
            const bytes = randomBytes(size, size);
            const source = trackedSource(bytes, options);
            await bench.backend.put(key, source);
            for (const offset of source.opened) assert.ok(offset >= 0 && offset <= size);
            await bench.assertHolds(key, bytes);
          },
        }) satisfies Scenario,
    ),
    {
      name: "empty chunks within a body do no harm",
      run: async (bench) => {
        const bytes = randomBytes(1000, 4);
        await bench.backend.put(key, {
          sizeBytes: bytes.length,
          digests: [],
          async *open(offset: number) {
            for (let at = offset; at < bytes.length; at += 100) {
              yield new Uint8Array();
              yield bytes.subarray(at, at + 100);
              yield new Uint8Array();
            }
          },
        });
        await bench.assertHolds(key, bytes);
      },
    },
    {
      name: "a source that failed once is opened again by the next put and stored whole",
      run: async (bench) => {
        const bytes = randomBytes(500_000, 8);
        let failing = true;
        const beforeChunk = (at: number): void => {
          if (failing && at > 200_000) throw new ColdstowError("E_TEMPORARY", "broken line");
        };
        const source = trackedSource(bytes, { beforeChunk });
        await assertCode(() => bench.backend.put(key, source), ["E_TEMPORARY"], "put");
        await bench.assertAbsent(key);
        const opened = source.opened.length;
        failing = false;
        await bench.backend.put(key, source);
        assert.ok(source.opened.length > opened, "the source was not opened again");
        await bench.assertHolds(key, bytes);
      },
    },
  ];
}
