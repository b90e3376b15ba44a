/** The first four bytes of a zstd frame (RFC 8878, section 3.1.1). */
export const frameMagic: Buffer = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

const maxBlockBytes = 128 * 1024;

/** What is known of a frame from its beginning. */
export type FrameShape =
  /** It ends there. */
  | { readonly type: "whole"; readonly end: number; readonly contentBytes: number | undefined }
  /** More bytes are needed to tell. */
  | { readonly type: "more"; readonly contentBytes: number | undefined }
  /** It is no frame, or a damaged one. */
  | { readonly type: "broken"; readonly contentBytes: number | undefined };

/**
 * Follows the block headers of the frame at the start of `bytes`, without decoding anything (RFC 8878,
 * section 3.1.1). O(blocks).
 * @param isLost whether one of these bytes is known to be damaged
 */
export function frameShape(
  bytes: Buffer,
  isLost: (start: number, end: number) => boolean,
): FrameShape {
  let contentBytes: number | undefined;
  const broken = (): FrameShape => ({ type: "broken", contentBytes });
  if (bytes.length < 5) return { type: "more", contentBytes };
  if (isLost(0, 5) || !bytes.subarray(0, 4).equals(frameMagic)) return broken();
  const descriptor = bytes[4] ?? 0;
  const single = (descriptor & 0x20) !== 0;
  const sizeField = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const dictionaryField = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeAt = 5 + (single ? 0 : 1) + dictionaryField;
  let at = sizeAt + sizeField;
  if ((descriptor & 0x08) !== 0 || isLost(0, at)) return broken();
  if (bytes.length < at) return { type: "more", contentBytes };
  if (sizeField === 8) contentBytes = Number(bytes.readBigUInt64LE(sizeAt));
  else if (sizeField > 0) {
    contentBytes = bytes.readUIntLE(sizeAt, sizeField) + (sizeField === 2 ? 256 : 0);
  }
  for (;;) {
    if (isLost(at, at + 3)) return broken();
    if (at + 3 > bytes.length) return { type: "more", contentBytes };
    const header = bytes.readUIntLE(at, 3);
    const kind = (header >> 1) & 3;
    const size = header >> 3;
    if (kind === 3 || size > maxBlockBytes) return broken();
    at += 3 + (kind === 1 ? 1 : size);
    if ((header & 1) !== 0) break;
  }
  const end = at + ((descriptor & 0x04) === 0 ? 0 : 4);
  return end > bytes.length ? { type: "more", contentBytes } : { type: "whole", end, contentBytes };
}
