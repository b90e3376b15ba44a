import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { Readable } from "node:stream";
import { createZstdDecompress } from "node:zlib";
import { ColdstowError, fromSystemError } from "@coldstow/contracts";
import {
  headerLength,
  maxHeaderBytes,
  openEnvelope,
  sealedChunkBytes,
  chunkBytes,
  type EnvelopeKeys,
} from "@coldstow/crypto";

/** A pack as a file of this machine: at a local destination, or fetched. */
export interface PackFile {
  readonly path: string;
  readonly sealed: boolean;
  readonly zstd: boolean;
}

const pieceChunks = 16;

/**
 * The tar inside a pack, or the part of it from `start` up to `end`, in pieces that are valid until the
 * next one is asked for. Plain bytes appear only after their chunk was authenticated. Of a pack that is not
 * compressed, the head and the chunks that hold the part are read and no others, so that the rest of the
 * file may be a hole; a compressed one is read from its beginning.
 * @throws {E_FIXITY} if the pack was changed or cut
 * @throws {E_WRONG_KEY | E_FORMAT | E_IO}
 */
export async function* readPack(
  pack: PackFile,
  keys: EnvelopeKeys,
  start = 0,
  end: number = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (!pack.zstd) {
    yield* readPlain(pack, keys, start, end);
    return;
  }
  // A stream keeps what it is given, so the re-used buffer must be copied.
  const source = Readable.from(copies(readPlain(pack, keys, 0, Number.MAX_SAFE_INTEGER)));
  const tar = source.pipe(createZstdDecompress());
  source.on("error", (error) => tar.destroy(error));
  let at = 0;
  try {
    for await (const piece of tar as AsyncIterable<Buffer>) {
      const from = Math.max(0, start - at);
      const to = Math.min(piece.length, end - at);
      at += piece.length;
      if (from < to) yield piece.subarray(from, to);
      if (at >= end) return;
    }
  } catch (error) {
    throw zstdError(error, pack);
  }
}

function* copies(pieces: Iterable<Uint8Array>): Iterable<Uint8Array> {
  for (const piece of pieces) yield piece.slice();
}

/** What is in the envelope, or the object itself where there is none; synchronous. */
export function* readPlain(
  pack: PackFile,
  keys: EnvelopeKeys,
  start: number,
  end: number,
): Generator<Uint8Array, void, undefined> {
  const file = attempt(pack, () => openSync(pack.path, "r"));
  try {
    const sizeBytes = attempt(pack, () => fstatSync(file).size);
    if (pack.sealed) yield* openChunks(pack, file, sizeBytes, keys, start, end);
    else yield* readBytes(pack, file, sizeBytes, start, end);
  } finally {
    closeSync(file);
  }
}

function* readBytes(
  pack: PackFile,
  file: number,
  sizeBytes: number,
  start: number,
  end: number,
): Generator<Uint8Array, void, undefined> {
  const buffer = new Uint8Array(pieceChunks * chunkBytes);
  const stop = Math.min(end, sizeBytes);
  for (let at = start; at < stop;) {
    const got = readFully(pack, file, buffer, Math.min(buffer.length, stop - at), at);
    if (got === 0) return;
    yield buffer.subarray(0, got);
    at += got;
  }
}

function* openChunks(
  pack: PackFile,
  file: number,
  sizeBytes: number,
  keys: EnvelopeKeys,
  start: number,
  end: number,
): Generator<Uint8Array, void, undefined> {
  const head = new Uint8Array(Math.min(sizeBytes, maxHeaderBytes + 16));
  let have = readFully(pack, file, head, Math.min(head.length, 4096), 0);
  if (headerLength(head.subarray(0, have)) === undefined) {
    have = readFully(pack, file, head, head.length, 0);
  }
  const opener = openEnvelope(head.subarray(0, have), keys);
  const sealed = new Uint8Array(pieceChunks * sealedChunkBytes);
  const plain = new Uint8Array(pieceChunks * chunkBytes);
  if (end <= start) return;
  const range = opener.chunkRange(start, end);
  const stop = Math.min(range.end, sizeBytes);
  let index = range.firstIndex;
  let skip = range.skip;
  let plainAt = start - skip;
  for (let at = range.start; at < stop || at === opener.headerBytes;) {
    const got = readFully(pack, file, sealed, Math.min(sealed.length, stop - at), at);
    const isEnd = at + got >= sizeBytes;
    const count = opener.openInto(index, sealed.subarray(0, got), isEnd, plain, 0);
    const to = Math.min(count, end - plainAt);
    if (skip < to) yield plain.subarray(skip, to);
    plainAt += count;
    skip = 0;
    index += pieceChunks;
    at += got;
    if (isEnd || plainAt >= end || got === 0) return;
  }
}

function readFully(
  pack: PackFile,
  file: number,
  buffer: Uint8Array,
  length: number,
  position: number,
): number {
  let done = 0;
  while (done < length) {
    const got = attempt(pack, () => readSync(file, buffer, done, length - done, position + done));
    if (got === 0) break;
    done += got;
  }
  return done;
}

function attempt<T>(pack: PackFile, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw fromSystemError(error, "Reading a pack", pack.path);
  }
}

function zstdError(error: unknown, pack: PackFile): unknown {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== "string" || !code.startsWith("ZSTD")) return error;
  return new ColdstowError("E_FIXITY", `The compressed data of ${pack.path} are damaged.`, {
    subject: pack.path,
    cause: error,
  });
}
