import { type ChunkCipher, chunkBytes, chunkCipher, sealedChunkBytes } from "./chunk-cipher.ts";
import { type EnvelopeKeys, fileKeyOf } from "./file-key.ts";
import { callError, fixityError, formatError } from "./format-error.ts";
import { checkHeaderMac, parseHeader } from "./header.ts";
import { headerLength, nonceBytes } from "./header-length.ts";
import { payloadKey } from "./key-derivation.ts";

/** Where the sealed chunks lie that hold a range of plain bytes. */
export interface ChunkRange {
  /** Byte offsets in the age file. `end` may lie up to a chunk beyond the file's end: clamp it. */
  readonly start: number;
  readonly end: number;
  /** Index of the chunk at `start`, as `openInto` wants it. */
  readonly firstIndex: number;
  /** Plain bytes of that chunk that lie before the range. */
  readonly skip: number;
}

/**
 * Opens chunks of one age file in any order. Plain bytes reach `out` only after their whole chunk
 * was authenticated. `out` needs room for the plain bytes: sealed bytes less 16 per chunk.
 */
export interface Opener {
  /** All bytes before chunk 0. */
  readonly headerBytes: number;
  /**
   * Opens one chunk; returns the number of plain bytes written to `out` at `outOffset`.
   * @param last whether the chunk ends the file
   * @throws {E_FIXITY} if it is not what was sealed as this chunk; `out` is untouched
   */
  openChunk(
    index: number,
    sealed: Uint8Array,
    last: boolean,
    out: Uint8Array,
    outOffset: number,
  ): number;
  /**
   * Opens a contiguous run of chunks, of which only the file's last may be short; returns the number
   * of plain bytes written.
   * @param isEnd whether the run reaches the end of the file
   * @throws {E_FIXITY} at the first chunk that fails; the chunks before it lie in `out`
   */
  openInto(
    firstIndex: number,
    sealed: Uint8Array,
    isEnd: boolean,
    out: Uint8Array,
    outOffset: number,
  ): number;
  /** The sealed bytes that are needed to read plain bytes from `plainStart` up to `plainEnd`. */
  chunkRange(plainStart: number, plainEnd: number): ChunkRange;
}

/** An opener's header work, for the streaming readers. */
export interface OpenedHeader {
  readonly headerBytes: number;
  readonly cipher: ChunkCipher;
}

/**
 * Reads and checks the header at the start of `head`.
 * @throws {E_FORMAT} {E_WRONG_KEY} {E_FIXITY} as {@link openEnvelope}
 */
export function openHeader(head: Uint8Array, keys: EnvelopeKeys): OpenedHeader {
  const headerBytes = headerLength(head);
  if (headerBytes === undefined)
    throw formatError(
      head.length === 0
        ? "The file is empty: it is no age file."
        : `The file ends within its age header, after ${head.length} bytes.`,
      "Fetch the file again from another copy.",
    );
  const header = parseHeader(head.subarray(0, headerBytes - nonceBytes));
  const fileKey = fileKeyOf(header.stanzas, keys);
  checkHeaderMac(header, fileKey);
  const nonce = head.subarray(headerBytes - nonceBytes, headerBytes);
  return { headerBytes, cipher: chunkCipher(payloadKey(fileKey, nonce)) };
}

function notAuthentic(index: number): Error {
  return fixityError(
    `Chunk ${index} of the file (64 KiB at plain byte ${index * chunkBytes}) was changed or cut: it was not read.`,
  );
}

/**
 * Opens the header and gives random access to the payload. Source: c2sp.org/age "Payload".
 * @param head any prefix of a binary age file that holds the whole header; `headerLength(head)` is
 *   undefined as long as it does not
 * @throws {E_FORMAT} if this is no age v1 header, or not all of it
 * @throws {E_WRONG_KEY} if no identity fits or the passphrase is wrong
 * @throws {E_FIXITY} if the header was changed
 */
export function openEnvelope(head: Uint8Array, keys: EnvelopeKeys): Opener {
  const { headerBytes, cipher } = openHeader(head, keys);

  const openChunk: Opener["openChunk"] = (index, sealed, last, out, outOffset) => {
    const plain = cipher.open(index, last, sealed);
    if (plain === undefined) throw notAuthentic(index);
    if (out.length - outOffset < plain.length)
      throw callError(`An opener needs room for ${plain.length} bytes.`);
    out.set(plain, outOffset);
    return plain.length;
  };

  return {
    headerBytes,
    openChunk,
    openInto(firstIndex, sealed, isEnd, out, outOffset) {
      // The end of a file is a chunk even where no byte of it was handed over: then it is missing.
      const chunks = Math.max(isEnd ? 1 : 0, Math.ceil(sealed.length / sealedChunkBytes));
      let written = 0;
      for (let at = 0; at < chunks; at += 1) {
        const chunk = sealed.subarray(at * sealedChunkBytes, (at + 1) * sealedChunkBytes);
        const last = isEnd && at === chunks - 1;
        written += openChunk(firstIndex + at, chunk, last, out, outOffset + written);
      }
      return written;
    },
    chunkRange(plainStart, plainEnd) {
      const firstIndex = Math.floor(plainStart / chunkBytes);
      const endIndex = plainEnd > plainStart ? Math.ceil(plainEnd / chunkBytes) : firstIndex;
      return {
        start: headerBytes + firstIndex * sealedChunkBytes,
        end: headerBytes + endIndex * sealedChunkBytes,
        firstIndex,
        skip: plainStart - firstIndex * chunkBytes,
      };
    },
  };
}
