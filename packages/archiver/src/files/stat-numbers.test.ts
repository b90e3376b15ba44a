import { describe, expect, it } from "vitest";
import { storedId, storedNs } from "./stat-numbers.ts";

describe("what stat says, as the catalogue stores it", () => {
  it("has times beyond 64 bits as the nearest end, and others unchanged", () => {
    const ends = [-(2n ** 63n), 2n ** 63n - 1n] as const;
    for (const ns of [0n, -1n, 1_700_000_000_123_456_789n, ...ends]) expect(storedNs(ns)).toBe(ns);
    expect(storedNs(2n ** 63n)).toBe(ends[1]);
    expect(storedNs(-(2n ** 63n) - 1n)).toBe(ends[0]);
  });

  it("tells inodes apart that lie close together, however large they are", () => {
    for (const id of [1n, 2n ** 53n + 1n, 2n ** 64n - 2n]) {
      expect(Number.isSafeInteger(storedId(id))).toBe(true);
      expect(storedId(id)).not.toBe(storedId(id + 1n));
    }
  });
});
