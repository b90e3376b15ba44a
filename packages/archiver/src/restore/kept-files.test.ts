import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { coldArchive, type ColdArchive } from "../../testing/cold-archive.ts";
import { cancelThaw } from "../thaw/cancel-thaw.ts";
import type { RestoreResult } from "./restore-options.ts";

const select = ["album/film.mp4"];
let cold: ColdArchive;

beforeAll(async () => {
  cold = await coldArchive({ terms: { readyHours: 24 } });
  writeFileSync(join(cold.tree, "album", "film.mp4"), randomBytes(2_500_000));
  await cold.run("resume");
});
afterAll(async () => cold.close());

beforeEach(async () => {
  await cancelThaw(cold.archive.path);
  rmSync(cold.back, { recursive: true, force: true });
  cold.place.store.windows.clear();
  cold.place.log.gets.length = 0;
  // Of three parts the first is read, and the others are still to be asked for or thawed.
  await restore();
  await restore();
});

/** Waves of one pack; the next process runs at the hour that this one names. */
async function restore(): Promise<RestoreResult> {
  const thaw = { bytesPerSecond: 1_100_000 / (24 * 3600 * 0.7) };
  const result = await cold.restore({ select, thaw });
  if (result.waiting !== undefined) cold.clock.ms = Date.parse(result.waiting.comeBackAt);
  return result;
}

async function finish(): Promise<void> {
  for (let rounds = 0; rounds < 10; rounds += 1) {
    const { failed, waiting } = await restore();
    expect(failed).toBe(0);
    if (waiting === undefined) break;
  }
  const name = "album/film.mp4";
  expect(readFileSync(join(cold.back, name)).equals(readFileSync(join(cold.tree, name)))).toBe(
    true,
  );
  expect(partials()).toEqual([]);
}

function partials(): string[] {
  return readdirSync(join(cold.back, "album")).filter((name) => name.endsWith(".partial"));
}

describe("a large file of which a part has come", () => {
  it("is gone on with by the next process", async () => {
    expect(partials()).toHaveLength(1);
    await finish();
    expect(cold.place.log.gets).toHaveLength(3);
  });

  it("is read all over again where somebody removed the part", async () => {
    rmSync(join(cold.back, "album", partials()[0] ?? ""));
    await finish();
    expect(cold.place.log.gets).toHaveLength(4);
  });

  it("is read all over again where somebody changed the part", async () => {
    writeFileSync(join(cold.back, "album", partials()[0] ?? ""), randomBytes(2_500_000));
    await finish();
    expect(cold.place.log.gets.length).toBeGreaterThan(3);
  });
});
