import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Claims } from "./claims.ts";

describe("claims on digests", () => {
  it("are given once, whichever thread asks", () => {
    const claims = Claims.forDigests(1000);
    const other = Claims.sharing(claims.slots);
    const digests = Array.from({ length: 1000 }, () => randomBytes(32));
    expect(digests.every((one) => claims.claim(one))).toBe(true);
    expect(digests.some((one) => other.claim(one))).toBe(false);
  });

  it("are given again where the table is full: a content may be stored twice, but never not at all", () => {
    const claims = Claims.forDigests(1);
    for (let n = 0; n < claims.slots.length * 2; n += 1) claims.claim(randomBytes(32));
    expect(claims.claim(randomBytes(32))).toBe(true);
  });
});
