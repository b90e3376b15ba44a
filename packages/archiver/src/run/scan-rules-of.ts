import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fromSystemError } from "@coldstow/contracts";
import type { Archive, OpenDestination } from "../archive/archive.ts";
import type { ScanRules } from "../scan/scan-rules.ts";
import { ignoreFilePatterns } from "../settings/exclude-filter.ts";
import { settingPath } from "../settings/ini-paths.ts";
import { spoolDirectory } from "./spool.ts";

/** As much of an archive as its scan depends on. */
export interface ScannedArchive extends Pick<Archive, "path" | "settings"> {
  readonly destinations: readonly Pick<OpenDestination, "localPath">[];
}

/** What the settings leave out, and the archive's own files, which must never be put into it. */
export async function scanRules(archive: ScannedArchive): Promise<ScanRules> {
  const { settings } = archive;
  const own = resolve(archive.path);
  const destinations = archive.destinations
    .map((one) => one.localPath)
    .filter((path) => path !== undefined);
  return {
    exclude: settings.exclude,
    globs: [...settings.excludeGlobs, ...(await ignoreFile(settings))],
    paths: [
      ...["", "-wal", "-shm", "-journal", ".lock", ".lock-journal", ".spool"].map(
        (end) => own + end,
      ),
      spoolDirectory(own, settings),
      ...destinations,
    ],
  };
}

async function ignoreFile({
  ignoreFile: given,
  directories,
}: Archive["settings"]): Promise<readonly string[]> {
  if (given === undefined) return [];
  // It is kept as written, because it is relative to the directory and not to the ini.
  const path = settingPath(given, resolve(directories[0] ?? ""));
  try {
    return ignoreFilePatterns(await readFile(path, "utf8"));
  } catch (error) {
    throw fromSystemError(error, "Reading [Archive] ignore_file", path);
  }
}
