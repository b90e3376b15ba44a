import type { Digest, DigestAlgorithm } from "@coldstow/contracts";

import type { S3Config } from "./config.ts";

/** What an answer tells of the bytes that the store holds. */
export interface ToldChecksums {
  readonly ETag?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
}

/**
 * The digest that the store computes of every object of this destination; undefined where it cannot
 * be relied on: an object that was put in parts has an ETag that is no digest of its bytes.
 */
export function serverDigestOf(config: S3Config): DigestAlgorithm | undefined {
  if (config.multipart) return undefined;
  if (config.checksum === "sha256") return "sha256";
  return config.etagIsMd5 ? "md5" : undefined;
}

/** The MD5 that an ETag is: not of a body that came in parts, nor of one that was encrypted otherwise. */
export function md5OfEtag(told: ToldChecksums): string | undefined {
  const hex = /^"?([0-9a-f]{32})"?$/i.exec(told.ETag ?? "")?.[1];
  const encrypted = told.ServerSideEncryption?.startsWith("aws:") ?? false;
  return encrypted || told.SSECustomerAlgorithm !== undefined ? undefined : hex?.toLowerCase();
}

/** The sha256 of a whole body; of one in parts the store tells a sum of sums, with a number behind it. */
export function sha256OfChecksum(told: ToldChecksums): string | undefined {
  const base64 = told.ChecksumSHA256;
  if (base64 === undefined || !/^[A-Za-z0-9+/]{43}=$/.test(base64)) return undefined;
  return Buffer.from(base64, "base64").toString("hex");
}

/** What the answer tells of the object's bytes, in the form that the backend claims. */
export function toldDigest(config: S3Config, told: ToldChecksums): Digest | undefined {
  const algorithm = serverDigestOf(config);
  if (algorithm === undefined) return undefined;
  const hex = algorithm === "sha256" ? sha256OfChecksum(told) : md5OfEtag(told);
  return hex === undefined ? undefined : { algorithm, hex };
}
