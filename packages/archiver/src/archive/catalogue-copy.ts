import { constants, copyFileSync, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Catalogue } from "@coldstow/catalogue";
import { ColdstowError, fromSystemError } from "@coldstow/contracts";
import { lockArchive } from "./archive-lock.ts";
import { openCatalogue } from "./open-archive.ts";

/** Gives a new folder for temporary files to `use`, and removes it whatever happens. */
export async function withTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "coldstow-plan-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Gives a copy of an archive's catalogue to `use`, so that a plan can be made with it while not even
 * a log file appears beside the archive. O(catalogue) disk space.
 * @throws {E_NOT_FOUND | E_LOCKED | E_FORMAT | E_OLD_FORMAT | E_NEWER_FORMAT | E_CORRUPT}
 */
export async function withCatalogueCopy<T>(
  path: string,
  use: (catalogue: Catalogue) => Promise<T>,
): Promise<T> {
  if (!existsSync(path)) {
    throw new ColdstowError("E_NOT_FOUND", `There is no archive ${path}.`, { subject: path });
  }
  return withTemporaryFolder(async (folder) => {
    const copy = join(folder, "plan.archive");
    // Without a lock file nobody is at work, and making one would be a change.
    const lock = existsSync(`${path}.lock`) ? lockArchive(path) : undefined;
    try {
      for (const end of ["", "-wal"]) {
        if (!existsSync(path + end)) continue;
        copyFileSync(path + end, copy + end, constants.COPYFILE_FICLONE);
      }
    } catch (error) {
      throw fromSystemError(error, "Copying the catalogue", path);
    } finally {
      lock?.release();
    }
    const catalogue = await openCatalogue(copy, false);
    try {
      return await use(catalogue);
    } finally {
      await catalogue.close();
    }
  });
}
