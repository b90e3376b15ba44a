import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Pack } from "@coldstow/catalogue";
import { objectKey, type BodySource, type Digest } from "@coldstow/contracts";
import { hex } from "../pack/member-line.ts";
import { atMost } from "../files/at-most.ts";
import type { Lane } from "./lane.ts";
import { FileBody, type ObjectFacts } from "./pack-body.ts";
import type { Spool } from "./spool.ts";

/** A stored pack as the body of another copy. */
export interface CopySource {
  readonly from: Lane;
  /** Asked for when the copy is made. */
  readonly body: () => Promise<BodySource>;
  /** Whether an error was the source's, so that the target has no fault in it. */
  readonly caused: (error: unknown) => boolean;
  /** Removes what was fetched to this machine for it. */
  readonly release: () => Promise<void>;
}

/**
 * Reads a pack where it lies. It goes through the spool only where the source cannot be read again from an
 * offset, or where the target's store tells nothing but an MD5, which must be known before.
 * @throws what the spool throws, such as {E_NO_SPACE}
 */
export async function copySource(
  spool: Spool,
  pack: Pack & ObjectFacts,
  from: Lane,
  to: Lane,
  signal: AbortSignal,
): Promise<CopySource> {
  const { backend } = from.destination;
  const key = objectKey(pack.key);
  const { sizeBytes } = pack;
  const errors = new Set<unknown>();
  const watched = (source: BodySource): BodySource => ({
    ...source,
    open: (offset) => watching(source.open(offset), errors, from),
  });
  const common = { from, caused: (error: unknown): boolean => errors.has(error) };
  if (backend.staged !== undefined) {
    const file = new FileBody(backend.staged.pathOf(key), pack);
    const body = async (): Promise<BodySource> => watched(await file.for(to.destination));
    return { ...common, body, release: async () => undefined };
  }
  const digests: readonly Digest[] = [{ algorithm: "sha256", hex: hex(pack.sha256) }];
  const { freeRead, serverDigest } = to.destination.backend.capabilities;
  if (backend.capabilities.rangeRead && (freeRead || serverDigest !== "md5")) {
    const source = watched({
      sizeBytes,
      digests,
      open: (offset) => backend.get(key, { range: { start: offset, end: sizeBytes }, signal }),
    });
    return { ...common, body: async () => source, release: async () => undefined };
  }
  const room = await spool.reserve(sizeBytes, signal);
  let path: string | undefined;
  const fetch = async (): Promise<FileBody> => {
    path = await spool.newPath("copied");
    const bytes = watching(atMost(backend.get(key, { signal }), sizeBytes, key), errors, from);
    await pipeline(bytes, createWriteStream(path, { mode: 0o600 }));
    room.written(sizeBytes);
    return new FileBody(path, pack);
  };
  let fetched: Promise<FileBody> | undefined;
  return {
    ...common,
    body: async () => (await (fetched ??= fetch())).for(to.destination),
    release: async () => {
      if (path !== undefined) await spool.remove(path);
      room.release();
    },
  };
}

/** The same bytes; an error is remembered as the source's. */
async function* watching(
  bytes: AsyncIterable<Uint8Array>,
  errors: Set<unknown>,
  from: Lane,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* bytes;
  } catch (error) {
    errors.add(error);
    from.gate.blame(error);
    throw error;
  }
}
