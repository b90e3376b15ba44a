import { untilCancelled } from "./cancellation.ts";
import { ColdstowError } from "./coldstow-error.ts";
import type { BodySource, DigestAlgorithm } from "./storage.ts";

/** A running digest; `createHash` of `node:crypto` makes one. */
export interface RunningDigest {
  update(bytes: Uint8Array): unknown;
  digest(encoding: "hex"): string;
}

export interface CheckedBodyOptions {
  /** Makes the digests that the source announced; pass `createHash` of `node:crypto`. */
  readonly createDigest: (algorithm: DigestAlgorithm) => RunningDigest;
  readonly signal?: AbortSignal;
}

/**
 * The whole body, from offset 0. The generator ends normally only if the body kept its word, so a
 * backend that makes an object visible after the loop has checked it. A chunk is valid until the
 * next one is asked for.
 * @throws {E_LENGTH} at the first byte too many, or at the end if bytes are missing
 * @throws {E_FIXITY} at the end, if the bytes do not have the announced digests
 * @throws {E_CANCELLED}
 */
export async function* checkedBody(
  source: BodySource,
  options: CheckedBodyOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const running = source.digests.map((announced) => ({
    announced,
    digest: options.createDigest(announced.algorithm),
  }));
  let seen = 0;
  for await (const chunk of untilCancelled(source.open(0), options.signal)) {
    seen += chunk.length;
    if (seen > source.sizeBytes) {
      throw new ColdstowError(
        "E_LENGTH",
        `the body has more than the ${source.sizeBytes} bytes that were announced`,
      );
    }
    for (const { digest } of running) digest.update(chunk);
    yield chunk;
  }
  if (seen < source.sizeBytes) {
    throw new ColdstowError(
      "E_LENGTH",
      `the body ended after ${seen} of the ${source.sizeBytes} bytes that were announced`,
    );
  }
  for (const { announced, digest } of running) {
    const hex = digest.digest("hex");
    if (hex !== announced.hex) {
      throw new ColdstowError(
        "E_FIXITY",
        `the body has the ${announced.algorithm} ${hex}, not the announced ${announced.hex}`,
        { hint: "Read the source again; nothing was stored under that name." },
      );
    }
  }
}
