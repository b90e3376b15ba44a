import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteRanges, describeRanges } from "./byte-ranges.ts";

const added = fc.array(fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 40 })), { maxLength: 60 });

describe("ranges of bytes", () => {
  test("hold exactly the bytes that were added, ascending and apart", () => {
    fc.assert(
      fc.property(added, (list) => {
        const ranges = new ByteRanges();
        const bytes = new Set<number>();
        for (const [start, length] of list) {
          ranges.add(start, start + length);
          for (let at = start; at < start + length; at += 1) bytes.add(at);
        }
        const all = ranges.all();
        const held = all.flatMap(([start, end]) =>
          Array.from({ length: end - start }, (_, at) => start + at),
        );
        expect(held).toEqual([...bytes].toSorted((a, b) => a - b));
        expect(ranges.length).toBe(bytes.size);
      }),
    );
  });

  test("stay few, and still hold every byte that was added", () => {
    const ranges = new ByteRanges();
    for (let at = 0; at < 5000; at += 1) ranges.add(at * 10, at * 10 + 1);
    const all = ranges.all();
    expect(all.length).toBeLessThanOrEqual(1000);
    for (let at = 0; at < 5000; at += 1) {
      expect(all.some(([start, end]) => start <= at * 10 && at * 10 < end)).toBe(true);
    }
  });

  test("are told with their last byte", () => {
    expect(describeRanges([[0, 10]])).toBe("0-9");
    const many = Array.from({ length: 7 }, (_, at) => [at * 2, at * 2 + 1] as const);
    expect(describeRanges(many)).toContain("and 2 more");
  });
});
