import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseByteRate, size } from "./size.ts";
import { facts, table, textWidth } from "./table.ts";
import { duration, isoOfNs } from "./time.ts";

describe("sizes", () => {
  it.each([
    [0, "0 B"],
    [1536, "1.5 KiB"],
    [240 * 1024 ** 2, "240 MiB"],
  ])("%i bytes read as %s", (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });

  it.each([
    ["2M", 2 * 1024 ** 2],
    ["1.5MiB/s", 1.5 * 1024 ** 2],
    ["500k", 512_000],
    ["4096", 4096],
  ])("a rate of %s is %i bytes a second", (text, bytes) => {
    expect(parseByteRate(text)).toBe(bytes);
  });

  it.each(["", "0", "fast", "-1M", "1e9", "99999999999999999G"])("refuse the rate %j", (text) => {
    expect(() => parseByteRate(text)).toThrow(expect.objectContaining({ code: "E_USAGE" }));
  });
});

describe("times", () => {
  it.each([
    [0n, "1970-01-01T00:00:00.000000000Z"],
    [-1n, "1969-12-31T23:59:59.999999999Z"],
    [1_600_000_000_123_456_789n, "2020-09-13T12:26:40.123456789Z"],
  ])("%i ns are %s", (ns, iso) => {
    expect(isoOfNs(ns)).toBe(iso);
  });

  it("keep every nanosecond", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 19n }), (ns) => {
        const iso = isoOfNs(ns);
        const seconds = BigInt(Date.parse(`${iso.slice(0, 19)}Z`)) / 1000n;
        expect(seconds * 1_000_000_000n + BigInt(iso.slice(20, 29))).toBe(ns);
      }),
    );
  });

  it.each([
    [8.4, "8 s"],
    [130, "2 min"],
    [3900, "1 h 05 min"],
    [3 * 86_400, "3 days"],
  ])("%d seconds last %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe("a table", () => {
  const columns = [
    { title: "Name", shrinks: true },
    { title: "Size", align: "right" },
  ] as const;

  it("stands in columns", () => {
    expect(
      table(
        columns,
        [
          ["a", "10"],
          ["bcdef", "9"],
        ],
        80,
      ),
    ).toBe("Name   Size\na        10\nbcdef     9");
  });

  it("is no wider than the terminal, whatever the names", () => {
    const name = fc.string({ unit: "grapheme", maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(name, { maxLength: 5 }),
        fc.integer({ min: 20, max: 60 }),
        (names, width) => {
          const text = table(
            columns,
            names.map((given) => [given.replaceAll(/\p{C}|\p{Z}/gu, "_"), "1"]),
            width,
          );
          expect(Math.max(...text.split("\n").map(textWidth))).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  it("counts wide characters as two columns", () => {
    expect(textWidth("写真")).toBe(4);
    expect(
      facts([
        ["写真", "a"],
        ["x", "b"],
      ]),
    ).toBe("写真  a\nx     b");
  });
});
