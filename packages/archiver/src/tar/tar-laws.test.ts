import { isColdstowError, nameFromBytes } from "@coldstow/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  alignSparseMap,
  encodeMember,
  encodeSparseMap,
  endOfArchive,
  memberPadding,
  parseSparseMap,
  readTar,
  sparseStoredBytes,
  type ReadMember,
  type SkippedRange,
  type SparseLayout,
  type TarMember,
} from "./index.ts";

interface Item {
  readonly member: TarMember;
  readonly data: Uint8Array;
}

interface Heard {
  readonly member: ReadMember;
  readonly data: [number, number[]][];
}

function tarOf(items: readonly Item[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { member, data } of items) {
    parts.push(encodeMember(member));
    if (member.sparse !== undefined) parts.push(encodeSparseMap(member.sparse));
    parts.push(data, new Uint8Array(memberPadding(member.sizeBytes)));
  }
  return Buffer.concat([...parts, endOfArchive()]);
}

function* slices(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function read(tar: Uint8Array, chunkBytes: number, resync = false): [Heard[], SkippedRange[]] {
  const heard: Heard[] = [];
  const skipped: SkippedRange[] = [];
  for (const event of readTar(slices(tar, chunkBytes), { resync })) {
    if (event.type === "member") heard.push({ member: event.member, data: [] });
    else if (event.type === "skipped") skipped.push(event);
    else if (event.type === "data") {
      const data = heard.at(-1)?.data ?? [];
      const last = data.at(-1);
      if (last !== undefined && last[0] + last[1].length === event.fileOffset) {
        last[1].push(...event.bytes);
      } else data.push([event.fileOffset, [...event.bytes]]);
    }
  }
  return [heard, skipped];
}

const byteName = fc
  .uint8Array({ minLength: 1, maxLength: 300 })
  .map((bytes) => nameFromBytes(bytes.filter((byte) => byte !== 0 && byte !== 0x2f)))
  .filter((name) => name !== "" && name !== ".." && name !== ".");
const textName = fc
  .string({ minLength: 1, maxLength: 160, unit: "grapheme" })
  .map((name) => name.replaceAll(/[/\0]/gu, "_"))
  .filter((name) => name !== ".." && name !== ".");
const plainName = fc.stringMatching(/^[a-z0-9 =\n]{1,120}$/u);
const path = fc
  .array(fc.oneof(byteName, textName, plainName), { minLength: 1, maxLength: 12 })
  .map((names) => names.join("/"));
const common = fc.record({
  path,
  mode: fc.integer({ min: 0, max: 0o7777 }),
  mtimeNs: fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -(10n ** 10n), max: 10n ** 10n }),
    fc.bigInt({ min: -10n, max: 10n ** 10n }).map((seconds) => seconds * 1_000_000_000n),
  ),
  uid: fc.oneof(fc.nat(), fc.constantFrom(0o7777777, 0o10000000, 4_294_967_294)),
  gid: fc.nat(),
});
const anyLayout: fc.Arbitrary<SparseLayout> = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: 1, max: 300 })), { maxLength: 40 }),
    fc.nat(9000),
  )
  .map(([gaps, tail]) => {
    const map: [number, number][] = [];
    let end = 0;
    for (const [hole, length] of gaps) {
      map.push([end + hole, length]);
      end += hole + length;
    }
    return { realSizeBytes: end + tail, map };
  });
const layout = anyLayout.map((one) => alignSparseMap(one));
const item: fc.Arbitrary<Item> = fc.oneof(
  fc.tuple(common, fc.uint8Array({ maxLength: 1500 })).map(([base, data]) => ({
    member: { ...base, kind: "file" as const, sizeBytes: data.length },
    data,
  })),
  fc.tuple(common, layout).map(([base, sparse]) => ({
    member: { ...base, kind: "file" as const, sizeBytes: sparseStoredBytes(sparse), sparse },
    data: new Uint8Array(sparse.map.reduce((sum, range) => sum + range[1], 0)).fill(7),
  })),
  common.map((base) => ({
    member: { ...base, kind: "directory" as const, sizeBytes: 0 },
    data: new Uint8Array(0),
  })),
  fc
    .tuple(common, fc.constantFrom("symlink" as const, "hardlink" as const), path)
    .map(([base, kind, linkTarget]) => ({
      member: { ...base, kind, sizeBytes: 0, linkTarget },
      data: new Uint8Array(0),
    })),
);
const items = fc.array(item, { minLength: 1, maxLength: 6 });

/** What the reader must say of an item, holes at the end as the map has them. */
function expected({ member, data }: Item): object {
  const { sizeBytes, sparse, ...rest } = member;
  const ranges = sparse?.map ?? (data.length === 0 ? [] : [[0, data.length] as const]);
  let at = 0;
  const heard: [number, number[]][] = [];
  for (const [offset, length] of ranges) {
    const last = heard.at(-1);
    const bytes = [...data.subarray(at, at + length)];
    if (last !== undefined && last[0] + last[1].length === offset) last[1].push(...bytes);
    else heard.push([offset, bytes]);
    at += length;
  }
  return {
    member: {
      ...rest,
      sizeBytes: sparse?.realSizeBytes ?? sizeBytes,
      storedBytes: sizeBytes,
      ...(sparse === undefined ? {} : { sparse: { realSizeBytes: sparse.realSizeBytes } }),
    },
    data: heard,
  };
}

describe("writing and reading a tar", () => {
  test("gives back every member and every byte, whatever the slices it is fed in", () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 1700 }), (written, chunkBytes) => {
        const [heard] = read(tarOf(written), chunkBytes);
        expect(heard).toMatchObject(written.map((one) => expected(one)));
        expect(heard).toHaveLength(written.length);
      }),
      { numRuns: 300 },
    );
  });

  test("gives the same bytes for the same member every time", () => {
    fc.assert(
      fc.property(item, ({ member }) => {
        expect(encodeMember(member)).toEqual(encodeMember(structuredClone(member)));
      }),
    );
  });

  test("says where the stored bytes lie, so that one file can be read on its own", () => {
    fc.assert(
      fc.property(items, (written) => {
        const tar = tarOf(written);
        for (const [index, { member }] of read(tar, 4096)[0].entries()) {
          const stored = tar.subarray(member.dataOffset, member.dataOffset + member.storedBytes);
          const data = written[index]?.data ?? new Uint8Array(0);
          const mapBytes =
            member.sparse === undefined
              ? 0
              : parseSparseMap(stored, member.storedBytes, member.sizeBytes).mapBytes;
          expect(Buffer.from(stored.subarray(mapBytes))).toEqual(Buffer.from(data));
        }
      }),
    );
  });
});

describe("alignSparseMap", () => {
  test("covers every byte of data with ascending ranges of whole blocks, but for the file's end", () => {
    fc.assert(
      fc.property(anyLayout, fc.constantFrom(512, 4096), (one, granularity) => {
        const { map, realSizeBytes } = alignSparseMap(one, granularity);
        let end = -1;
        for (const [offset, length] of map) {
          expect(offset).toBeGreaterThan(end);
          expect(offset % granularity).toBe(0);
          end = offset + length;
          expect(end % granularity === 0 || end === realSizeBytes).toBe(true);
        }
        for (const [offset, length] of one.map) {
          const isCovered = map.some(
            ([from, bytes]) => from <= offset && offset + length <= from + bytes,
          );
          expect(isCovered).toBe(true);
        }
      }),
    );
  });
});

const mutations = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
  minLength: 1,
  maxLength: 30,
});

function mutated(tar: Uint8Array, changes: readonly [number, number][], cut: number): Uint8Array {
  const copy = tar.slice();
  for (const [place, value] of changes) {
    const at = place % copy.length;
    copy[at] = (copy[at] ?? 0) ^ value;
  }
  return copy.subarray(0, copy.length - (cut % copy.length));
}

function outcomeOf(tar: Uint8Array): string {
  try {
    read(tar, 700);
    return "read";
  } catch (error) {
    return isColdstowError(error) ? error.code : String(error);
  }
}

describe("reading a damaged tar", () => {
  test("fails with a coldstow error or not at all", () => {
    let failures = 0;
    fc.assert(
      fc.property(items, mutations, fc.nat(3000), (written, changes, cut) => {
        const outcome = outcomeOf(mutated(tarOf(written), changes, cut));
        if (outcome !== "read") failures += 1;
        expect(["read", "E_FORMAT"]).toContain(outcome);
      }),
      { numRuns: 400 },
    );
    expect(failures).toBeGreaterThan(100);
  });

  test("never fails when it reads on after damage, and slices do not matter", () => {
    fc.assert(
      fc.property(items, mutations, fc.nat(3000), fc.integer({ min: 1, max: 999 }), (...args) => {
        const [written, changes, cut, chunkBytes] = args;
        const damaged = mutated(tarOf(written), changes, cut);
        expect(read(damaged, chunkBytes, true)).toEqual(read(damaged, damaged.length, true));
      }),
      { numRuns: 300 },
    );
  });

  test("reading on loses no member of which no byte was touched", () => {
    fc.assert(
      fc.property(items, items, fc.integer({ min: 1, max: 300 }), (before, after, blocks) => {
        const lost = new Uint8Array(blocks * 512);
        const tail = tarOf(after);
        const tar = Buffer.concat([tarOf(before).subarray(0, -1024), lost, tail]);
        const [heard, skipped] = read(tar, 5000, true);
        expect(heard).toMatchObject([...before, ...after].map((one) => expected(one)));
        expect(skipped).toEqual([
          expect.objectContaining({
            offset: tar.length - tail.length - lost.length,
            lengthBytes: lost.length,
          }),
        ]);
      }),
    );
  });
});
