import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PendingFile } from "@coldstow/catalogue/journal";
import { Planner, type PlannedWork } from "./planner.ts";
import { worthCompressing } from "./sample-compression.ts";

const mebibyte = 1 << 20;

function pending(path: string, sizeBytes: number, allocatedBytes = sizeBytes): PendingFile {
  const { seq, inode } = { seq: 1, inode: undefined };
  return { seq, path, sizeBytes, allocatedBytes, sizeShared: false, forced: false, inode };
}

function plan(files: readonly PendingFile[], compress: "auto" | "none" | "zstd"): PlannedWork[] {
  const planner = new Planner(mebibyte, compress);
  return [...files.flatMap((file) => [...planner.add(file)]), ...planner.flush()];
}

const bytesOf = (work: PlannedWork): number =>
  work.type === "slices" ? 0 : work.files.reduce((sum, file) => sum + file.sizeBytes, 0);

describe("the planner", () => {
  it("keeps the order of files, and each pack below the pack size", () => {
    const files = Array.from({ length: 50 }, (_, n) => pending(`f${n}`, 90_000));
    const works = plan(files, "none");
    expect(works.flatMap((work) => (work.type === "files" ? work.files : []))).toEqual(files);
    expect(Math.max(...works.map(bytesOf))).toBeLessThan(mebibyte);
  });

  it("does not trust what a file system allocates, which may be little for much", () => {
    const files = Array.from({ length: 50 }, (_, n) => pending(`f${n}`, 90_000, 512));
    expect(Math.max(...plan(files, "none").map(bytesOf))).toBeLessThan(mebibyte);
  });

  it("parts what may compress from what does not", () => {
    const works = plan([pending("a.jpg", 1), pending("a.txt", 1), pending("b.JPG", 1)], "auto");
    expect(works).toMatchObject([
      { compress: "no", files: [{ path: "a.jpg" }, { path: "b.JPG" }] },
      { compress: "sample", files: [{ path: "a.txt" }] },
    ]);
  });

  it("cuts what is larger than a pack, into slices that fit one", () => {
    const [work] = plan([pending("big", 5 * mebibyte)], "none");
    expect(work?.type).toBe("slices");
    const sliceBytes = work?.type === "slices" ? work.sliceBytes : 0;
    expect(sliceBytes % 65_536).toBe(0);
    expect(sliceBytes).toBeLessThan(mebibyte - 65_536);
  });
});

describe("the sample that decides about compressing", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "coldstow-plan-"));
    writeFileSync(join(folder, "text"), "words that repeat\n".repeat(1000));
    writeFileSync(join(folder, "noise"), randomBytes(50_000));
    execFileSync("mkfifo", [join(folder, "pipe")]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("tells text from noise", async () => {
    expect(await worthCompressing(folder, ["text"])).toBe(true);
    expect(await worthCompressing(folder, ["noise"])).toBe(false);
  });

  it("does not wait for a named pipe, or miss a file that is gone", async () => {
    expect(await worthCompressing(folder, ["pipe", "gone", "text"])).toBe(true);
    expect(await worthCompressing(folder, ["pipe", "gone"])).toBe(false);
  });
});
