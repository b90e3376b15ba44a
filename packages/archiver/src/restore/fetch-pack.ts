import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { ColdstowError, isColdstowError, objectKey } from "@coldstow/contracts";
import type { Archive, OpenDestination } from "../archive/archive.ts";
import type { PackFile } from "../pack/read-pack.ts";
import type { Spool } from "../run/spool.ts";

/** A pack that can be read as a file now. */
export interface FetchedPack {
  readonly file: PackFile;
  readonly from: OpenDestination;
  /** Removes what was fetched; the object stays. */
  readonly release: () => Promise<void>;
}

/**
 * Brings a pack within reach, from the best of its copies: one that is a file of this machine, then any.
 * @param without destinations that turned out to hold bad bytes
 * @throws {E_MISSING} if no destination that is open has a good copy
 */
export async function fetchPack(
  archive: Archive,
  spool: Spool,
  packId: number,
  without: ReadonlySet<OpenDestination>,
): Promise<FetchedPack> {
  const pack = await archive.catalogue.pack(packId);
  if (pack === undefined) throw new ColdstowError("E_INTERNAL", `There is no pack ${packId}.`);
  if (pack.format === "pyarchiver") {
    throw new ColdstowError("E_MISSING", "No tar that is there holds its bytes.", {
      subject: pack.key,
    });
  }
  const good = new Set<number>();
  for (const copy of await archive.catalogue.copiesOfPack(packId)) {
    if (copy.state === "stored") good.add(copy.destination);
  }
  const candidates = archive.destinations
    .filter((one) => good.has(one.id) && !without.has(one))
    .toSorted(
      (a, b) => Number(b.backend.staged !== undefined) - Number(a.backend.staged !== undefined),
    );
  const key = objectKey(pack.key);
  const shape = { sealed: pack.sealed, zstd: pack.format === "tar.zst" };
  let failure: unknown;
  for (const from of candidates) {
    const { staged } = from.backend;
    try {
      if (staged !== undefined) {
        const file = { path: staged.pathOf(key), ...shape };
        if ((await from.backend.stat(key)) === undefined) continue;
        return { file, from, release: async () => undefined };
      }
      const path = await spool.newPath("fetched");
      await pipeline(from.backend.get(key), createWriteStream(path, { mode: 0o600 }));
      return { file: { path, ...shape }, from, release: async () => spool.remove(path) };
    } catch (error) {
      failure = error;
    }
  }
  if (isColdstowError(failure)) throw failure;
  throw new ColdstowError("E_MISSING", `No destination has a good copy of ${pack.key}.`, {
    subject: pack.key,
    cause: failure,
  });
}
