import { createHash } from "node:crypto";
import {
  ColdstowError,
  describeError,
  untilCancelled,
  type BodySource,
  type ObjectInfo,
  type ObjectKey,
} from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";

/**
 * How it is known that a destination holds the very bytes: its store told their digest, they were read
 * back, they were written through this machine's file system, or nothing but the size is known.
 */
export type Proof = "digest" | "read" | "written" | "size";

export interface ProvenObject {
  readonly proof: Proof;
  /** The store's own digest, `algorithm:hex`; null where only the size is known. */
  readonly remoteDigest: string | null;
}

export interface StoreOptions {
  /** Leave an object that is there as it is; it counts if it is proven to be this one. */
  readonly ifAbsent: boolean;
  /** Read a copy back where nothing else proves it and reading is free. */
  readonly readBack: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (sentBytes: number) => void;
}

/**
 * Stores an object and proves that it is there, as well as the destination allows.
 * @throws {E_LENGTH | E_FIXITY} if the destination holds other bytes: it is no copy
 * @throws {E_EXISTS} with `ifAbsent`, if what is there is not proven to be this object
 * @throws what the destination throws
 */
export async function storeObject(
  destination: OpenDestination,
  key: ObjectKey,
  source: BodySource,
  options: StoreOptions,
): Promise<ProvenObject> {
  const { backend } = destination;
  const { ifAbsent, signal, onProgress } = options;
  let info: ObjectInfo;
  try {
    info = await backend.put(key, source, {
      ifAbsent,
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
  } catch (error) {
    if (!ifAbsent || describeError(error).code !== "E_EXISTS") throw error;
    // The answer to an earlier attempt, of this run or of one that was cut, may have been lost.
    const found = await backend.stat(key);
    if (found === undefined) throw error;
    if (backend.capabilities.atomicPut) {
      const proven = await proveObject(destination, found, source, { ...options, readBack: true });
      if (proven.proof === "digest" || proven.proof === "read") return proven;
      throw error;
    }
    // Where an upload is seen before it is whole, what is there may be the half of a broken one of ours.
    return storeObject(destination, key, source, { ...options, ifAbsent: false });
  }
  if (backend.staged !== undefined) {
    return checkTold(destination, info, source) ?? { proof: "written", remoteDigest: null };
  }
  return proveObject(destination, info, source, options);
}

/**
 * Proves that an object which is there is this one, as well as the destination allows.
 * @throws {E_LENGTH | E_FIXITY} if it is another
 */
export async function proveObject(
  destination: OpenDestination,
  info: ObjectInfo,
  source: BodySource,
  options: Pick<StoreOptions, "readBack" | "signal">,
): Promise<ProvenObject> {
  const told = checkTold(destination, info, source);
  if (told !== undefined) return told;
  const sha256 = source.digests.find(({ algorithm }) => algorithm === "sha256")?.hex;
  if (!options.readBack || !destination.backend.capabilities.freeRead || sha256 === undefined) {
    return { proof: "size", remoteDigest: null };
  }
  const digest = createHash("sha256");
  const { signal } = options;
  const body = destination.backend.get(info.key, signal === undefined ? {} : { signal });
  for await (const bytes of untilCancelled(body, signal)) digest.update(bytes);
  if (digest.digest("hex") !== sha256) throw otherBytes(destination, info);
  const { digest: own } = info;
  return { proof: "read", remoteDigest: own === undefined ? null : `${own.algorithm}:${own.hex}` };
}

/**
 * Compares what a store tells of an object with what was sent.
 * @returns undefined where it told no digest that is known for the source
 * @throws {E_LENGTH | E_FIXITY} if it is another object
 */
export function checkTold(
  destination: OpenDestination,
  info: ObjectInfo,
  source: BodySource,
): ProvenObject | undefined {
  if (info.sizeBytes !== source.sizeBytes) {
    throw new ColdstowError(
      "E_LENGTH",
      `${destination.title} holds ${info.sizeBytes} bytes of ${info.key}, not ${source.sizeBytes}. It does not count as a copy.`,
      { subject: info.key },
    );
  }
  const told = info.digest;
  const known = source.digests.find(({ algorithm }) => algorithm === told?.algorithm);
  if (told === undefined || known === undefined) return undefined;
  const hex = told.hex.toLowerCase();
  if (hex !== known.hex) throw otherBytes(destination, info);
  return { proof: "digest", remoteDigest: `${told.algorithm}:${hex}` };
}

function otherBytes(destination: OpenDestination, { key }: ObjectInfo): ColdstowError {
  return new ColdstowError(
    "E_FIXITY",
    `${destination.title} holds other bytes of ${key} than were sent. It does not count as a copy.`,
    { subject: key },
  );
}
