import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fromSystemError } from "@coldstow/contracts";
import type { Archive } from "../archive/archive.ts";
import type { ScanRules } from "../scan/scan-rules.ts";
import { ignoreFilePatterns } from "../settings/exclude-filter.ts";

/** What the settings leave out, and the archive's own files, which must never be put into it. */
export async function scanRules(archive: Archive): Promise<ScanRules> {
  const { settings } = archive;
  const own = resolve(archive.path);
  const destinations = archive.destinations
    .map((one) => one.localPath)
    .filter((path) => path !== undefined);
  return {
    exclude: settings.exclude,
    globs: [...settings.excludeGlobs, ...(await ignoreFile(settings.ignoreFile))],
    paths: [
      ...["", "-wal", "-shm", "-journal", ".lock", ".lock-journal", ".spool"].map(
        (end) => own + end,
      ),
      ...destinations,
    ],
  };
}

async function ignoreFile(path: string | undefined): Promise<readonly string[]> {
  if (path === undefined) return [];
  try {
    return ignoreFilePatterns(await readFile(path, "utf8"));
  } catch (error) {
    throw fromSystemError(error, "Reading [Archive] ignore_file", path);
  }
}
