import { createHash } from "node:crypto";

import { describe, expect, test } from "vitest";

import { bytesSource } from "./body-source.ts";
import { checkedBody } from "./checked-body.ts";
import type { BodySource } from "./storage.ts";

const bytes = Uint8Array.from({ length: 700_000 }, (_, index) => (index * 7) % 251);
const sha256 = createHash("sha256").update(bytes).digest("hex");

async function read(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

function lying(lie: Partial<BodySource>): BodySource {
  return { ...bytesSource(bytes), ...lie };
}

describe("bytesSource", () => {
  test("yields the bytes from any offset, as often as asked", async () => {
    const source = bytesSource(bytes);
    for (const offset of [0, 1, 262_144, 699_999, 700_000, 0]) {
      expect(Buffer.compare(await read(source.open(offset)), bytes.subarray(offset))).toBe(0);
    }
  });

  test("refuses an offset outside the body", async () => {
    for (const offset of [-1, 0.5, 700_001, Number.NaN]) {
      await expect(read(bytesSource(bytes).open(offset))).rejects.toMatchObject({
        code: "E_INTERNAL",
      });
    }
  });
});

describe("checkedBody", () => {
  const checks = { createDigest: createHash };

  test("passes a body that keeps its word", async () => {
    const source = bytesSource(bytes, [{ algorithm: "sha256", hex: sha256 }]);
    expect(Buffer.compare(await read(checkedBody(source, checks)), bytes)).toBe(0);
    expect(await read(checkedBody(bytesSource(new Uint8Array()), checks))).toHaveLength(0);
  });

  test("computes only the digests that were announced", async () => {
    const made: string[] = [];
    const createDigest = (algorithm: string): ReturnType<typeof createHash> => {
      made.push(algorithm);
      return createHash(algorithm);
    };
    await read(checkedBody(bytesSource(bytes), { createDigest }));
    expect(made).toEqual([]);
  });

  test("ends with E_LENGTH or E_FIXITY where it does not", async () => {
    const zeros = { algorithm: "sha256", hex: "0".repeat(64) } as const;
    for (const [source, code] of [
      [lying({ sizeBytes: bytes.length + 1 }), "E_LENGTH"],
      [lying({ sizeBytes: bytes.length - 1 }), "E_LENGTH"],
      [lying({ digests: [zeros] }), "E_FIXITY"],
    ] as const) {
      await expect(read(checkedBody(source, checks))).rejects.toMatchObject({ code });
    }
  });

  test("passes no byte beyond the announced length", async () => {
    const source = { ...bytesSource(bytes), sizeBytes: 300_000 };
    let passed = 0;
    const drain = async (): Promise<void> => {
      for await (const chunk of checkedBody(source, checks)) passed += chunk.length;
    };
    await expect(drain()).rejects.toMatchObject({ code: "E_LENGTH" });
    expect(passed).toBeLessThanOrEqual(300_000);
  });
});
