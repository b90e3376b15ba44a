import { open, type FileHandle } from "node:fs/promises";
import {
  ColdstowError,
  fromSystemError,
  untilCancelled,
  type ByteRange,
  type ObjectKey,
  type StorageBackend,
} from "@coldstow/contracts";
import { chunkBytes, headerLength, maxHeaderBytes, sealedChunkBytes } from "@coldstow/crypto";
import { groupAt, type PiecePlace } from "./piece-groups.ts";

export interface FetchRangesOptions {
  /** Its capabilities have `rangeRead`. */
  readonly backend: StorageBackend;
  readonly key: ObjectKey;
  /** Of the object as it is stored. */
  readonly sizeBytes: number;
  /** The pack is an age file; else it is a bare tar. A compressed pack cannot be read in parts. */
  readonly sealed: boolean;
  /** What will be read of it, in the order of the offsets. */
  readonly pieces: readonly PiecePlace[];
  /** A file that is not there yet. */
  readonly path: string;
  readonly signal?: AbortSignal;
  /** Called with the number of bytes that have just arrived. */
  readonly onBytes?: (bytes: number) => void;
}

export interface FetchedRanges {
  /** Bytes that were fetched in all, the head of an age file included. */
  readonly bytes: number;
  readonly requests: number;
}

const headBytes = 4096;
const maxInFlight = 4;

/**
 * Fetches of an uncompressed pack no more than reading the pieces takes: of an age file its head and the
 * 64 KiB chunks that cover them, of a bare tar the bytes themselves; pieces with less than `gapBytes`
 * between them in one request. They land where they lie in the object, in a sparse file of its full size,
 * so that `readPack` reads it like a whole one. Several requests are under way at a time.
 * O(pieces), memory O(groups of pieces).
 *
 * A restore worker that is given the same pieces reads nothing else. The file is left to the caller, also
 * after an error.
 * @throws {E_LENGTH} if the object is shorter than announced
 * @throws {E_FORMAT} if it is to be an age file and does not begin like one
 * @throws {E_NOT_FOUND | E_FROZEN | E_THAWING | E_TEMPORARY | E_NO_SPACE | E_CANCELLED …}
 */
export async function fetchRanges(options: FetchRangesOptions): Promise<FetchedRanges> {
  const { path, sizeBytes } = options;
  const file = await open(path, "wx+", 0o600).catch((error: unknown) => {
    throw fromSystemError(error, "Making a file in the spool folder", path);
  });
  try {
    await inSpool(path, () => file.truncate(sizeBytes));
    const fetching = new Fetching(options, file);
    const header = options.sealed ? await fetching.head() : { headerBytes: 0, have: 0 };
    await fetching.all(rangesOf(options, header.headerBytes, header.have));
    return { bytes: fetching.bytes, requests: fetching.requests };
  } finally {
    await file.close();
  }
}

/** The ranges of the object that the pieces need, less what is there already; joined where they touch. */
function* rangesOf(
  { pieces, sealed, sizeBytes }: FetchRangesOptions,
  headerBytes: number,
  have: number,
): Generator<ByteRange> {
  let pending: ByteRange | undefined;
  for (let first = 0; first < pieces.length;) {
    const group = groupAt(pieces, first);
    first = group.last;
    if (group.end <= group.start) continue;
    const exact = sealed ? chunksOf(group, headerBytes) : group;
    const start = Math.max(exact.start, have, pending?.start ?? 0);
    const end = Math.min(exact.end, sizeBytes);
    if (end <= start) continue;
    if (pending !== undefined && start <= pending.end) {
      pending = { start: pending.start, end: Math.max(pending.end, end) };
      continue;
    }
    if (pending !== undefined) yield pending;
    pending = { start, end };
  }
  if (pending !== undefined) yield pending;
}

/** As `Opener.chunkRange`, which needs the key; this needs only the header's length. */
function chunksOf({ start, end }: ByteRange, headerBytes: number): ByteRange {
  return {
    start: headerBytes + Math.floor(start / chunkBytes) * sealedChunkBytes,
    end: headerBytes + Math.ceil(end / chunkBytes) * sealedChunkBytes,
  };
}

class Fetching {
  bytes = 0;
  requests = 0;
  readonly #options: FetchRangesOptions;
  readonly #file: FileHandle;

  constructor(options: FetchRangesOptions, file: FileHandle) {
    this.#options = options;
    this.#file = file;
  }

  /** Fetches the age header. @returns its length, and how many bytes of the object are there now */
  async head(): Promise<{ readonly headerBytes: number; readonly have: number }> {
    const { key, sizeBytes } = this.#options;
    let have = 0;
    for (const wanted of [headBytes, maxHeaderBytes + 16]) {
      const end = Math.min(wanted, sizeBytes);
      if (end > have) await this.one({ start: have, end });
      have = end;
      const head = Buffer.alloc(have);
      await this.#file.read(head, 0, have, 0);
      const headerBytes = headerLength(head);
      if (headerBytes !== undefined) return { headerBytes, have };
    }
    throw new ColdstowError("E_FORMAT", `${key} is sealed and has no age header.`, {
      subject: key,
    });
  }

  async all(ranges: Iterable<ByteRange>): Promise<void> {
    const running = new Set<Promise<void>>();
    const limit = Math.min(maxInFlight, this.#options.backend.capabilities.maxConcurrent);
    let failure: { readonly error: unknown } | undefined;
    for (const range of ranges) {
      while (running.size >= Math.max(1, limit)) await Promise.race(running);
      if (failure !== undefined) break;
      const work = this.one(range)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => running.delete(work));
      running.add(work);
    }
    await Promise.all(running);
    if (failure !== undefined) throw failure.error;
  }

  async one(range: ByteRange): Promise<void> {
    const { backend, key, path, signal, onBytes } = this.#options;
    this.requests += 1;
    let at = range.start;
    const body = backend.get(key, { range, ...(signal && { signal }) });
    for await (const chunk of untilCancelled(body, signal)) {
      const wanted = chunk.subarray(0, range.end - at);
      await inSpool(path, () => writeFully(this.#file, wanted, at));
      at += wanted.length;
      this.bytes += wanted.length;
      onBytes?.(wanted.length);
      if (wanted.length < chunk.length) break;
    }
    if (at === range.end) return;
    throw new ColdstowError(
      "E_LENGTH",
      `${key} ends after ${at} bytes, and ${this.#options.sizeBytes} were stored.`,
      { subject: key },
    );
  }
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const rest = bytes.length - done;
    const { bytesWritten } = await file.write(bytes, done, rest, position + done);
    done += bytesWritten;
  }
}

async function inSpool<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw fromSystemError(error, "Writing what was fetched", path);
  }
}
