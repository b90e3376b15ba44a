import { createHash } from "node:crypto";
import { Readable } from "node:stream";

import { checkedBody, type BodySource } from "@coldstow/contracts";

import type { ProgressGuard } from "./progress-guard.ts";

const gatherBytes = 256 * 1024;

/** Copies chunks into larger ones of their own: a source may use its buffer again. */
async function* gathered(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  let buffer = Buffer.allocUnsafeSlow(gatherBytes);
  let used = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const taken = chunk.subarray(at, at + gatherBytes - used);
      buffer.set(taken, used);
      used += taken.length;
      at += taken.length;
      if (used < gatherBytes) continue;
      yield buffer;
      buffer = Buffer.allocUnsafeSlow(gatherBytes);
      used = 0;
    }
  }
  if (used > 0) yield buffer.subarray(0, used);
}

/**
 * Holds the last chunk back until the body has ended and was found to keep its word, so that a store
 * which waits for all announced bytes never has the whole of a body that lies.
 */
async function* sending(
  source: BodySource,
  guard: ProgressGuard,
  onSent: (bytes: number) => void,
): AsyncGenerator<Buffer, void, void> {
  try {
    let held: Buffer | undefined;
    const checks = { createDigest: createHash, signal: guard.signal };
    // The store is not to blame for a slow source.
    guard.wait();
    for await (const chunk of gathered(checkedBody(source, checks))) {
      if (held !== undefined) {
        guard.advance();
        yield held;
        onSent(held.length);
        guard.wait();
      }
      held = chunk;
    }
    guard.commit();
    guard.advance();
    if (held === undefined) return;
    yield held;
    onSent(held.length);
    guard.advance();
  } catch (error) {
    guard.fail(error);
    throw error;
  }
}

/**
 * The body of one request; it ends the request by the guard where the source fails, or does not keep
 * its word, and gives up the line where it is destroyed before its end. Memory: about three chunks of 256 KiB.
 */
export function requestBody(
  source: BodySource,
  guard: ProgressGuard,
  onSent: (bytes: number) => void,
): Readable {
  const body = Readable.from(sending(source, guard, onSent), { highWaterMark: 1 });
  // The guard has the error already; a stream without a listener would end the process.
  body.on("error", () => undefined);
  // A store that refuses early may keep the line open for the rest, which never comes.
  body.on("close", () => {
    if (!body.readableEnded) guard.abandon();
  });
  return body;
}
