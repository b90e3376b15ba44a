import { mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { size } from "../render/size.ts";
import type { Check } from "./check.ts";

const wantedFreeBytes = 2 * 1024 ** 3;

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The Node that runs coldstow, and the parts of it that an older or trimmed one lacks. */
export async function nodeCheck(): Promise<Check> {
  const name = "Node";
  try {
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(":memory:");
    const row = database.prepare("SELECT sqlite_version() AS version").get();
    database.close();
    const { zstdCompressSync } = await import("node:zlib");
    zstdCompressSync("x");
    return {
      name,
      state: "ok",
      found: `${process.version}, SQLite ${String(row?.["version"])}, zstd`,
    };
  } catch (error) {
    return {
      name,
      state: "failed",
      found: `${process.version}: ${reason(error)}`,
      advice: "Install Node 24.15 or newer as its makers build it.",
    };
  }
}

/** The folder for temporary files: it can be written, and a few packs fit. */
export async function temporaryFolderCheck(): Promise<Check> {
  const name = "Temporary files";
  const folder = tmpdir();
  try {
    const trial = await mkdtemp(join(folder, "coldstow-doctor-"));
    await writeFile(join(trial, "trial"), "x");
    await rm(trial, { recursive: true });
    const { bavail, bsize } = await statfs(folder);
    const freeBytes = bavail * bsize;
    const found = `${folder}, ${size(freeBytes)} free`;
    if (freeBytes >= wantedFreeBytes) return { name, state: "ok", found };
    return { name, state: "advice", found, advice: "Set TMPDIR to a folder with more room." };
  } catch (error) {
    return {
      name,
      state: "failed",
      found: `${folder}: ${reason(error)}`,
      advice: "Set TMPDIR to a folder that can be written.",
    };
  }
}
