import {
  ColdstowError,
  throwIfCancelled,
  untilCancelled,
  type ByteRange,
  type GetOptions,
  type ObjectKey,
} from "@coldstow/contracts";

import { webdavError } from "./errors.ts";
import { fileAt, type WebdavServer } from "./server.ts";
import { watchdog } from "./watchdog.ts";

interface Answer {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * The bytes of an object, or of a range of it.
 * @throws what `StorageBackend.get` throws
 */
export async function* readObject(
  server: WebdavServer,
  key: ObjectKey,
  { range, signal }: GetOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  throwIfCancelled(signal);
  const path = `${server.config.folder}/${key}`;
  // Asked first: of a folder many servers give a page of HTML.
  const found = await fileAt(server, path, signal);
  if (found === undefined) {
    throw new ColdstowError("E_NOT_FOUND", `there is no object ${key}`, { subject: key });
  }
  const wanted = cut(range, found.size);
  if (wanted.start >= wanted.end) return;
  const watched = watchdog(server.config.silenceMs, signal);
  try {
    const { status, body } = await ask(server, path, wanted, found.size, watched.signal);
    // A server that knows no ranges sends everything.
    const skip = status === 206 ? 0 : wanted.start;
    let [at, delivered] = [0, 0];
    for await (const chunk of untilCancelled(body, watched.signal)) {
      watched.alive();
      const from = Math.max(0, skip - at);
      at += chunk.length;
      const piece = chunk.subarray(from, from + wanted.end - wanted.start - delivered);
      if (piece.length === 0) continue;
      delivered += piece.length;
      yield piece;
    }
    if (delivered === wanted.end - wanted.start) return;
    throw new ColdstowError("E_TEMPORARY", `${key} ended early, after ${delivered} bytes`);
  } catch (error) {
    throw webdavError(error, `reading ${key}`, watched.signal);
  } finally {
    watched.end();
  }
}

function cut(range: ByteRange | undefined, size: number): ByteRange {
  return { start: range?.start ?? 0, end: Math.min(range?.end ?? size, size) };
}

// By a request of its own: the library's createReadStream does not tell when a body breaks off.
async function ask(
  { client }: WebdavServer,
  path: string,
  { start, end }: ByteRange,
  size: number,
  signal: AbortSignal,
): Promise<Answer> {
  const isPart = start > 0 || end < size;
  const response = await client.customRequest(path, {
    method: "GET",
    signal,
    ...(isPart ? { headers: { Range: `bytes=${start}-${end - 1}` } } : {}),
  });
  // In Node the library's answers have a stream, which its types do not show.
  const { body } = response as { readonly body?: AsyncIterable<Uint8Array> | null };
  return { status: response.status, body: body ?? (async function* () {})() };
}
