import { createHash } from "node:crypto";
import type { SqlDriver } from "@coldstow/catalogue";
import { ColdstowError } from "@coldstow/contracts";
import { applyIndex, type IndexFigures } from "./apply-index.ts";
import { IndexTables } from "./index-tables.ts";
import { pyRoots } from "./py-roots.ts";
import { isDamage } from "./tar-members.ts";
import { walkPyTars, type WalkPyTarsOptions } from "./walk-py-tars.ts";

export interface IndexPyArchiveOptions extends Omit<WalkPyTarsOptions, "names" | "roots"> {
  /** A catalogue that {@link convertPyArchive} made. */
  readonly driver: SqlDriver;
  /** Called with the number of bytes of a tar that were read from the store. */
  readonly onRead?: (bytes: number) => void;
}

export interface PyIndex extends IndexFigures {
  readonly wholeTars: number;
  /** Damaged or missing. */
  readonly brokenTars: number;
}

/**
 * Reads every tar of a converted archive once and makes the catalogue know what they hold
 * (docs/formats/pyarchiver.md §6): each file's SHA-256, its place, its version. A file of the state that
 * no tar holds counts as stored no longer, so that the next run stores it. All or nothing: cut before
 * its end, nothing was changed. It may be repeated. Memory is flat; O(bytes of the tars).
 * @throws {E_NOT_FOUND} if the catalogue has no tar of pyArchiver
 * @throws {E_WRONG_KEY | E_INPUT_NEEDED | E_CANCELLED}, and what the store throws
 */
export async function indexPyArchive(options: IndexPyArchiveOptions): Promise<PyIndex> {
  const { driver, onRead } = options;
  const packs = packsByName(driver);
  const run = updateRun(driver);
  const tables = new IndexTables(driver);
  const counts = { wholeTars: 0, brokenTars: 0 };
  let hash = createHash("sha256");
  let storedBytes = 0;
  try {
    await walkPyTars(
      { ...options, names: [...packs.keys()], roots: pyRoots(driver) },
      {
        stored(bytes) {
          hash.update(bytes);
          storedBytes += bytes.length;
          onRead?.(bytes.length);
        },
        async file({ tar, path, file }, data) {
          const sha256 = await digestOf(data);
          if (sha256 === undefined) return;
          const { sizeBytes, mtimeNs, mode, uid, gid, dataOffset: offset } = file;
          tables.addFile(packs.get(tar) ?? 0, {
            path,
            sha256,
            sizeBytes,
            mtimeNs,
            mode,
            uid,
            gid,
            offset,
          });
        },
        tarEnd(tar, state) {
          tables.addTar(packs.get(tar) ?? 0, {
            state,
            sizeBytes: storedBytes,
            sha256: hash.digest(),
          });
          hash = createHash("sha256");
          storedBytes = 0;
          counts[state === "whole" ? "wholeTars" : "brokenTars"] += 1;
        },
      },
    );
    tables.flush();
    return { ...counts, ...applyIndex(driver, run) };
  } finally {
    tables.drop();
  }
}

/** Undefined for a member that the tar's damage cuts; the walk reports the tar. */
async function digestOf(data: AsyncIterable<Uint8Array>): Promise<Uint8Array | undefined> {
  const hash = createHash("sha256");
  try {
    for await (const bytes of data) hash.update(bytes);
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
  return hash.digest();
}

function packsByName(driver: SqlDriver): Map<string, number> {
  const rows = driver.prepare("SELECT id, key FROM pack WHERE format = 'pyarchiver'").all();
  return new Map(rows.map((row) => [String(row["key"]), Number(row["id"])]));
}

function updateRun(driver: SqlDriver): number {
  const row = driver.prepare("SELECT min(run) AS run FROM pack WHERE format = 'pyarchiver'").get();
  if (typeof row?.["run"] === "number") return row["run"];
  throw new ColdstowError(
    "E_NOT_FOUND",
    "This archive has no tars of pyArchiver. It was not changed.",
  );
}
