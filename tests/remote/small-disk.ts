import { execFileSync } from "node:child_process";
import { closeSync, existsSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const filler = ".filler";

/** A file system in memory of so many bytes, mounted at a folder; only root may. */
export function mountDisk(folder: string, bytes: number): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder]);
}

/** Takes it away, also where somebody still looks at it. */
export function unmountDisk(folder: string): void {
  execFileSync("umount", ["--lazy", folder]);
}

/** Fills a file system up, also while others write to it, so that only so many bytes are left. */
export function fillDisk(folder: string, freeBytes: number): void {
  const file = openSync(join(folder, filler), "w");
  const chunk = Buffer.alloc(1 << 16);
  let written = 0;
  try {
    for (;;) written += writeSync(file, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    ftruncateSync(file, Math.max(0, written - freeBytes));
  } finally {
    closeSync(file);
  }
}

/** Removes what {@link fillDisk} has written. @returns false where it has not */
export function freeDisk(folder: string): boolean {
  const path = join(folder, filler);
  const isFull = existsSync(path);
  rmSync(path, { force: true });
  return isFull;
}
