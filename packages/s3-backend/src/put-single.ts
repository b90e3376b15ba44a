import { createHash } from "node:crypto";

import { PutObjectCommand } from "@aws-sdk/client-s3";
import {
  ColdstowError,
  type BodySource,
  type Digest,
  type ObjectInfo,
  type ObjectKey,
  type PutOptions,
} from "@coldstow/contracts";

import { bodyDigests } from "./body-digests.ts";
import { md5OfEtag, sha256OfChecksum, toldDigest, type ToldChecksums } from "./object-digest.ts";
import { requestBody } from "./request-body.ts";
import type { S3Session } from "./session.ts";
import { signPayload } from "./signed-payload.ts";

function announced(source: BodySource, algorithm: Digest["algorithm"]): string | undefined {
  return source.digests.find((digest) => digest.algorithm === algorithm)?.hex;
}

function base64(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}

/** Reads the body beforehand only where something must be known that was not announced. */
async function sumsOf(
  session: S3Session,
  source: BodySource,
  signal: AbortSignal | undefined,
): Promise<{ readonly sha256: string; readonly crc32?: string }> {
  const sha256 = announced(source, "sha256");
  if (sha256 !== undefined && session.config.checksum !== "crc32") return { sha256 };
  return await bodyDigests(source, Number.MAX_SAFE_INTEGER, signal);
}

/** The same source, with its md5 taken as it is read. */
function withMd5(source: BodySource): { readonly source: BodySource; readonly md5: () => string } {
  let hash = createHash("md5");
  return {
    md5: () => hash.digest("hex"),
    source: {
      ...source,
      async *open(offset) {
        hash = createHash("md5");
        for await (const chunk of source.open(offset)) {
          hash.update(chunk);
          yield chunk;
        }
      },
    },
  };
}

/**
 * Stores a body by one PUT. The store keeps it only if it has the sha256 that the request is signed
 * with; what it answers is compared, too.
 * @throws {E_LENGTH | E_FIXITY} before anything is visible, if the source does not keep its word
 * @throws {E_EXISTS} if `conditional` and there is an object
 */
export async function putSingle(
  session: S3Session,
  key: ObjectKey,
  source: BodySource,
  options: PutOptions,
  conditional: boolean,
): Promise<ObjectInfo> {
  const { config } = session;
  const { signal } = options;
  const { sha256, crc32 } = await sumsOf(session, source, signal);
  const call = { doing: `storing ${key}`, key, signal, conditional };
  const guard = session.guard(call);
  const known: Digest = { algorithm: "sha256", hex: sha256 };
  const read = withMd5({ ...source, digests: [...source.digests, known] });
  const md5 = announced(source, "md5");
  let sentBytes = 0;
  const body = requestBody(read.source, guard, (bytes) => {
    sentBytes += bytes;
    options.onProgress?.(sentBytes);
  });
  const command = new PutObjectCommand({
    ...session.object(key),
    Body: body,
    ContentLength: source.sizeBytes,
    ContentType: "application/octet-stream",
    ...(config.storageClass === undefined
      ? {}
      : { StorageClass: config.storageClass as "GLACIER" }),
    ...(conditional ? { IfNoneMatch: "*" } : {}),
    ...(md5 === undefined ? {} : { ContentMD5: base64(md5) }),
    ...(config.checksum === "sha256" ? { ChecksumSHA256: base64(sha256) } : {}),
    ...(crc32 === undefined || config.checksum !== "crc32" ? {} : { ChecksumCRC32: crc32 }),
  });
  signPayload(command, sha256);
  try {
    const told = await session.request(call, (o) => session.client.send(command, o), guard);
    compare(told, sha256, read.md5(), key);
    const digest = toldDigest(config, told);
    return { key, sizeBytes: source.sizeBytes, ...(digest === undefined ? {} : { digest }) };
  } finally {
    guard.end();
    body.destroy();
  }
}

function compare(told: ToldChecksums, sha256: string, md5: string, key: string): void {
  const pairs = [
    [sha256OfChecksum(told), sha256],
    [md5OfEtag(told), md5],
  ] as const;
  for (const [theirs, ours] of pairs) {
    if (theirs === undefined || theirs === ours) continue;
    throw new ColdstowError(
      "E_FIXITY",
      `the store says that ${key} has the digest ${theirs}, and what was sent has ${ours}`,
      { subject: key, hint: "The object there is damaged: store it again." },
    );
  }
}
