import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { daysFor, lowShare, roomFor, usedShare, waveBytes } from "./wave-size.ts";

const rate = fc.integer({ min: 1_000, max: 1e9 });
const bytes = fc.integer({ min: 0, max: 1e14 });

describe("the size of a wave", () => {
  it("fits the time that packs stay ready", () => {
    fc.assert(
      fc.property(rate, fc.integer({ min: 1, max: 500 }), (bytesPerSecond, readyHours) => {
        const limit = waveBytes({ readyHours }, undefined, bytesPerSecond);
        expect(limit / bytesPerSecond).toBeCloseTo(readyHours * 3600 * usedShare, 5);
      }),
    );
  });

  it("is everything where the days are chosen by it, and they suffice", () => {
    fc.assert(
      fc.property(rate, bytes, (bytesPerSecond, all) => {
        expect(waveBytes({ readyHours: undefined }, undefined, bytesPerSecond)).toBe(Infinity);
        expect(daysFor(all, bytesPerSecond) * 86_400).toBeGreaterThanOrEqual(
          all / bytesPerSecond + 86_400,
        );
      }),
    );
  });

  it("fits the days that a person names", () => {
    expect(waveBytes({ readyHours: undefined }, 1, 10)).toBe(86_400 * 10 * usedShare);
  });

  it("never lets more be on its way than fits, and asks only when little is left", () => {
    fc.assert(
      fc.property(bytes, bytes, (limit, outstanding) => {
        const room = roomFor(limit, outstanding);
        expect(room).toBe(outstanding > limit * lowShare ? 0 : limit - outstanding);
      }),
    );
  });
});
