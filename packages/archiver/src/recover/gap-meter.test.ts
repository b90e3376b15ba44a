import { describe, expect, test } from "vitest";
import { GapMeter } from "./gap-meter.ts";

describe("the length of a gap in a compressed pack", () => {
  test("is what was assumed where nothing tells otherwise", () => {
    const meter = new GapMeter();
    meter.gap(100);
    expect(meter.gapBytes).toEqual([100]);
    expect(meter.shift).toBe(0);
  });

  test("is corrected by a member behind it, gap by gap", () => {
    const meter = new GapMeter();
    meter.member("before", 10);
    meter.gap(100);
    meter.member("between", 200);
    meter.gap(100);
    meter.member("behind", 400);
    meter.line("before", 10);
    meter.line("between", 300);
    meter.line("behind", 700);
    expect(meter.gapBytes).toEqual([200, 300]);
    expect(meter.shift).toBe(300);
  });

  test("is never negative, whatever a manifest says", () => {
    const meter = new GapMeter();
    meter.gap(100);
    meter.member("liar", 500);
    meter.line("liar", 0);
    expect(meter.gapBytes).toEqual([0]);
  });
});
