import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryBackend, MemoryStore } from "@coldstow/backend-testkit";
import { bytesSource, objectKey, type StorageBackend } from "@coldstow/contracts";
import { chunkBytes, generateIdentity, sealBytes, sealedChunkBytes } from "@coldstow/crypto";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPack } from "../pack/read-pack.ts";
import { fetchRanges } from "./fetch-ranges.ts";
import { gapBytes, groupAt, type PiecePlace } from "./piece-groups.ts";

const key = objectKey("packs/r000001/p000001-aaaaaaaaaaaaaaaa.tar.age");
const plainBytes = 15_000_000;
const identity = generateIdentity();
let folder = "";
let plain: Uint8Array;
let sealedPack: Uint8Array;
let files = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-ranges-"));
  plain = new Uint8Array(plainBytes);
  for (let at = 0; at < plainBytes; at += 1) plain[at] = (at * 2_654_435_761) >>> 24;
  sealedPack = sealBytes(plain, [identity.recipient]);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function storeOf(bytes: Uint8Array): Promise<StorageBackend> {
  const backend = memoryBackend({ store: new MemoryStore() });
  await backend.put(key, bytesSource(bytes));
  return backend;
}

function newPath(): string {
  files += 1;
  return join(folder, String(files));
}

async function readGroups(
  path: string,
  sealed: boolean,
  pieces: readonly PiecePlace[],
): Promise<Buffer[]> {
  const groups: Buffer[] = [];
  for (let first = 0; first < pieces.length;) {
    const { last, start, end } = groupAt(pieces, first);
    const parts: Uint8Array[] = [];
    for await (const part of readPack(
      { path, sealed, zstd: false },
      [identity.secret],
      start,
      end,
    )) {
      parts.push(part.slice());
    }
    groups.push(Buffer.concat(parts));
    first = last;
  }
  return groups;
}

const pieceSets = fc
  .array(fc.record({ gap: fc.nat(6_000_000), storedBytes: fc.nat(400_000) }), { maxLength: 12 })
  .map((all) => {
    const pieces: PiecePlace[] = [];
    let at = 0;
    for (const { gap, storedBytes } of all) {
      const offset = at + gap;
      if (offset + storedBytes > plainBytes) break;
      pieces.push({ offset, storedBytes });
      at = offset + storedBytes;
    }
    return pieces;
  });

describe("ranges of a pack", () => {
  it("read as the whole does, for any pieces, and no more is fetched than they need", async () => {
    const stores = { true: await storeOf(sealedPack), false: await storeOf(plain) };
    await fc.assert(
      fc.asyncProperty(pieceSets, fc.boolean(), async (pieces, sealed) => {
        const bytes = sealed ? sealedPack : plain;
        const path = newPath();
        let told = 0;
        const fetched = await fetchRanges({
          backend: stores[`${sealed}`],
          key,
          sizeBytes: bytes.length,
          sealed,
          pieces,
          path,
          onBytes: (count) => {
            told += count;
          },
        });
        let needed = 0;
        let groups = 0;
        const expected: Buffer[] = [];
        for (let first = 0; first < pieces.length;) {
          const { last, start, end } = groupAt(pieces, first);
          expected.push(Buffer.from(plain.subarray(start, end)));
          needed += end - start;
          groups += 1;
          first = last;
        }
        const read = await readGroups(path, sealed, pieces);
        expect(read.length).toBe(expected.length);
        for (const [index, group] of read.entries()) {
          expect(group.equals(expected[index] ?? Buffer.alloc(0))).toBe(true);
        }
        const tags = Math.ceil(needed / chunkBytes) * (sealedChunkBytes - chunkBytes);
        const overhead = sealed ? 4096 + tags + groups * 2 * sealedChunkBytes : 0;
        expect(fetched.bytes).toBeLessThanOrEqual(needed + overhead);
        expect(fetched.requests).toBeLessThanOrEqual(groups + 1);
        expect(told).toBe(fetched.bytes);
        expect(statSync(path).size).toBe(bytes.length);
        rmSync(path);
      }),
      { numRuns: 40 },
    );
  });

  it("read whole where every byte is a piece's, the last chunk included", async () => {
    const path = newPath();
    const pieces = [{ offset: 0, storedBytes: plainBytes }];
    const backend = await storeOf(sealedPack);
    const sizeBytes = sealedPack.length;
    const { bytes } = await fetchRanges({ backend, key, sizeBytes, sealed: true, pieces, path });
    expect(bytes).toBe(sizeBytes);
    const [all] = await readGroups(path, true, pieces);
    expect(all?.equals(plain)).toBe(true);
  });

  it("are refused where the object is shorter than it was", async () => {
    const backend = await storeOf(sealedPack.subarray(0, 5_000_000));
    const pieces = [{ offset: 6_000_000, storedBytes: 10 }];
    const sizeBytes = sealedPack.length;
    const fetching = fetchRanges({
      backend,
      key,
      sizeBytes,
      sealed: true,
      pieces,
      path: newPath(),
    });
    await expect(fetching).rejects.toMatchObject({ code: "E_LENGTH" });
  });

  it("are refused where the object is no age file", async () => {
    const backend = await storeOf(plain);
    const fetching = fetchRanges({
      backend,
      key,
      sizeBytes: plainBytes,
      sealed: true,
      pieces: [{ offset: 0, storedBytes: 1 }],
      path: newPath(),
    });
    await expect(fetching).rejects.toMatchObject({ code: "E_FORMAT" });
  });

  it("end as soon as they are cancelled", async () => {
    const backend = await storeOf(sealedPack);
    const stop = new AbortController();
    const fetching = fetchRanges({
      backend,
      key,
      sizeBytes: sealedPack.length,
      sealed: true,
      pieces: [{ offset: 0, storedBytes: plainBytes }],
      path: newPath(),
      signal: stop.signal,
      onBytes: () => stop.abort(),
    });
    await expect(fetching).rejects.toMatchObject({ code: "E_CANCELLED" });
  });
});

describe("reading a part of a sealed pack", () => {
  it("authenticates no chunk past the one that holds its last byte", async () => {
    const path = newPath();
    const bytes = sealedPack.slice();
    bytes.fill(0, 4096 + 2 * sealedChunkBytes);
    writeFileSync(path, bytes);
    const [part] = await readGroups(path, true, [{ offset: 10, storedBytes: chunkBytes }]);
    expect(part?.equals(plain.subarray(10, 10 + chunkBytes))).toBe(true);
  });

  it("joins pieces up to a gap, and not beyond", () => {
    const near = [
      { offset: 0, storedBytes: 1 },
      { offset: 1 + gapBytes, storedBytes: 1 },
    ];
    expect(groupAt(near, 0)).toEqual({ last: 2, start: 0, end: gapBytes + 2 });
    const far = [
      { offset: 0, storedBytes: 1 },
      { offset: 2 + gapBytes, storedBytes: 1 },
    ];
    expect(groupAt(far, 0)).toEqual({ last: 1, start: 0, end: 1 });
  });
});
