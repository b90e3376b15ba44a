import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import {
  ColdstowError,
  describeError,
  fromSystemError,
  isColdstowError,
  objectKey,
  untilCancelled,
  type ObjectKey,
} from "@coldstow/contracts";
import type { Pack } from "@coldstow/catalogue";
import type { Archive, OpenDestination } from "../archive/archive.ts";
import { atMost } from "../files/at-most.ts";
import type { PackFile } from "../pack/read-pack.ts";
import type { Spool } from "../run/spool.ts";
import { fetchRanges } from "./fetch-ranges.ts";
import type { PiecePlace } from "./piece-groups.ts";

/** A pack that can be read as a file now. */
export interface FetchedPack {
  readonly file: PackFile;
  readonly from: OpenDestination;
  /** Removes what was fetched; the object stays. */
  readonly release: () => Promise<void>;
}

export interface FetchPackOptions {
  readonly archive: Archive;
  readonly spool: Spool;
  readonly packId: number;
  /** What will be read of it, in the order of the offsets. */
  readonly pieces: readonly PiecePlace[];
  /** Destinations whose copy was tried in vain; this adds those that it tries. */
  readonly tried: Set<OpenDestination>;
  /** False for destinations that must not be read from now, because the pack is frozen there. */
  readonly mayRead?: (destination: OpenDestination) => boolean;
  /** Where to read it from, if it can be had there. */
  readonly prefer?: number | undefined;
  /** Told when a fetch begins; what it returns is told the bytes at the end. */
  readonly onFetch?: (destination: string) => (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Where the pieces are no more than this part of a pack, only they are fetched. */
const worthRanges = 0.75;

/**
 * Brings a pack within reach, from the best of its copies: the preferred one, one that is a file of this
 * machine, one that is free to read, then any. Of a pack that is not compressed only what is needed
 * is fetched, where the backend can.
 * @throws {E_NO_SPACE | E_READ_ONLY} if nothing can be written here, whatever the copy
 * @throws {E_FROZEN | E_THAWING} if a copy is frozen, or must not be read now, and no other can be
 * @throws {E_MISSING} if no destination that is open has a good copy
 */
export async function fetchPack(options: FetchPackOptions): Promise<FetchedPack> {
  const { archive, packId, tried } = options;
  const pack = await archive.catalogue.pack(packId);
  if (pack === undefined) throw new ColdstowError("E_INTERNAL", `There is no pack ${packId}.`);
  if (pack.format === "pyarchiver") {
    throw new ColdstowError("E_MISSING", "No tar that is there holds its bytes.", {
      subject: pack.key,
    });
  }
  const candidates = await candidatesFor(options);
  const mayRead = options.mayRead ?? (() => true);
  let failure: unknown;
  for (const from of candidates.filter(mayRead)) {
    try {
      const fetched = await fetchFrom(options, pack, from);
      if (fetched !== undefined) return fetched;
      tried.add(from);
    } catch (error) {
      const { code } = describeError(error);
      if (code === "E_NO_SPACE" || code === "E_READ_ONLY" || code === "E_CANCELLED") throw error;
      // A place that says so of an object and cannot thaw it is no copy to wait for.
      if (!isFrozen(error) || from.backend.cold === undefined) tried.add(from);
      failure = isFrozen(failure) ? failure : error;
    }
  }
  if (isFrozen(failure)) throw failure;
  if (!candidates.every(mayRead)) {
    throw new ColdstowError("E_FROZEN", `${pack.key} is frozen where it is still to be had.`, {
      subject: pack.key,
      cause: failure,
    });
  }
  if (isColdstowError(failure)) throw failure;
  throw new ColdstowError("E_MISSING", `No destination has a good copy of ${pack.key}.`, {
    subject: pack.key,
    cause: failure,
  });
}

/** True where an object must be thawed before it can be read. */
export function isFrozen(error: unknown): boolean {
  const { code } = describeError(error);
  return code === "E_FROZEN" || code === "E_THAWING";
}

async function candidatesFor(options: FetchPackOptions): Promise<readonly OpenDestination[]> {
  const { archive, packId, prefer, tried } = options;
  const good = new Set<number>();
  for (const copy of await archive.catalogue.copiesOfPack(packId)) {
    if (copy.state === "stored") good.add(copy.destination);
  }
  const rank = ({ id, backend }: OpenDestination): number => {
    if (id === prefer) return 0;
    if (backend.staged !== undefined) return 1;
    return backend.cold === undefined && backend.capabilities.freeRead ? 2 : 3;
  };
  return archive.destinations
    .filter((one) => good.has(one.id) && !tried.has(one))
    .toSorted((a, b) => rank(a) - rank(b));
}

/** Undefined where a file of this machine is not there. */
async function fetchFrom(
  options: FetchPackOptions,
  pack: Pack,
  from: OpenDestination,
): Promise<FetchedPack | undefined> {
  const key = objectKey(pack.key);
  const shape = { sealed: pack.sealed, zstd: pack.format === "tar.zst" };
  const { staged } = from.backend;
  if (staged !== undefined) {
    if ((await from.backend.stat(key)) === undefined) return undefined;
    return { file: { path: staged.pathOf(key), ...shape }, from, release: async () => undefined };
  }
  const path = await options.spool.newPath("fetched");
  const done = options.onFetch?.(from.name);
  let bytes = 0;
  try {
    bytes = await fetchInto(path, key, options, pack, from);
  } catch (error) {
    await options.spool.remove(path);
    throw fromSystemError(error, "Writing a fetched pack", path);
  } finally {
    done?.(bytes);
  }
  return { file: { path, ...shape }, from, release: async () => options.spool.remove(path) };
}

/** @returns the bytes that came */
async function fetchInto(
  path: string,
  key: ObjectKey,
  { pieces, signal }: FetchPackOptions,
  { sizeBytes, sealed, format }: Pack,
  { backend }: OpenDestination,
): Promise<number> {
  const neededBytes = pieces.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
  const isInParts = backend.capabilities.rangeRead && format === "tar" && sizeBytes !== null;
  const cancel = signal === undefined ? {} : { signal };
  if (isInParts && neededBytes < sizeBytes * worthRanges) {
    return (await fetchRanges({ backend, key, sizeBytes, sealed, pieces, path, ...cancel })).bytes;
  }
  const all = untilCancelled(backend.get(key, cancel), signal);
  const body = sizeBytes === null ? all : atMost(all, sizeBytes, key);
  await pipeline(body, createWriteStream(path, { mode: 0o600 }));
  return (await stat(path)).size;
}
