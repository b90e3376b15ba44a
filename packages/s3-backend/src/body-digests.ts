import { createHash, type Hash } from "node:crypto";
import { crc32 } from "node:zlib";

import { checkedBody, type BodySource } from "@coldstow/contracts";

/** Digests of a stretch of a body, in hex. */
export interface PartDigests {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly md5: string;
}

export interface BodyDigests {
  readonly sha256: string;
  /** Base64 of the four bytes, the highest first, as `x-amz-checksum-crc32` has it. */
  readonly crc32: string;
  readonly parts: readonly PartDigests[];
}

class PartDigest {
  readonly #sha256: Hash = createHash("sha256");
  readonly #md5: Hash = createHash("md5");
  sizeBytes = 0;

  update(bytes: Uint8Array): void {
    this.#sha256.update(bytes);
    this.#md5.update(bytes);
    this.sizeBytes += bytes.length;
  }

  end(): PartDigests {
    const { sizeBytes } = this;
    return { sizeBytes, sha256: this.#sha256.digest("hex"), md5: this.#md5.digest("hex") };
  }
}

/**
 * Reads the whole body once and checks it. A store wants the digest before the bytes, so that it
 * keeps nothing that arrived otherwise; this is what it costs. Memory grows with the number of parts,
 * 10 000 at most.
 * @throws {E_LENGTH | E_FIXITY} if the source does not keep its word
 * @throws {E_CANCELLED}
 */
export async function bodyDigests(
  source: BodySource,
  partBytes: number,
  signal: AbortSignal | undefined,
): Promise<BodyDigests> {
  const whole = createHash("sha256");
  let crc = 0;
  let part = new PartDigest();
  const parts: PartDigests[] = [];
  const checks = { createDigest: createHash, ...(signal === undefined ? {} : { signal }) };
  for await (const chunk of checkedBody(source, checks)) {
    whole.update(chunk);
    crc = crc32(chunk, crc);
    for (let at = 0; at < chunk.length;) {
      const taken = chunk.subarray(at, at + partBytes - part.sizeBytes);
      part.update(taken);
      at += taken.length;
      if (part.sizeBytes === partBytes) {
        parts.push(part.end());
        part = new PartDigest();
      }
    }
  }
  if (part.sizeBytes > 0 || parts.length === 0) parts.push(part.end());
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc);
  return { sha256: whole.digest("hex"), crc32: sum.toString("base64"), parts };
}
