import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";

import {
  checkedBody,
  ColdstowError,
  throwIfCancelled,
  type BodySource,
  type ObjectInfo,
  type ObjectKey,
  type PutOptions,
} from "@coldstow/contracts";
import type { FileStat } from "webdav";

import { statusOf, webdavError } from "./errors.ts";
import type { Folders } from "./folders.ts";
import { objectInfo } from "./object-info.ts";
import { fileAt, type WebdavServer } from "./server.ts";
import { watchdog, type Watchdog } from "./watchdog.ts";

/**
 * Sends the body under a temporary name beside the object, and moves it there when it is whole.
 * @throws what `StorageBackend.put` throws
 */
export async function putObject(
  server: WebdavServer,
  folders: Folders,
  key: ObjectKey,
  source: BodySource,
  options: PutOptions,
): Promise<ObjectInfo> {
  const { ifAbsent = false, signal } = options;
  throwIfCancelled(signal);
  const path = `${server.config.folder}/${key}`;
  if (ifAbsent && (await fileAt(server, path, signal)) !== undefined) throw exists(key);
  await folders.makeFor(path);
  const temporary = `${path}.${randomBytes(8).toString("hex")}.partial`;
  try {
    await send(server, temporary, source, options);
    const sent = await fileAt(server, temporary, signal);
    requireWhole(sent, source, key);
    throwIfCancelled(signal);
    // Not under the caller's signal: whether a move that was cut has happened, nobody knows.
    await server.ask(`storing ${key}`, (watched) =>
      server.client.moveFile(temporary, path, { overwrite: !ifAbsent, signal: watched }),
    );
    return objectInfo(key, sent);
  } catch (error) {
    folders.forget();
    await server.client.deleteFile(temporary).catch(() => undefined);
    throw webdavError(error, `storing ${key}`, signal);
  }
}

function exists(key: ObjectKey): ColdstowError {
  return new ColdstowError("E_EXISTS", `${key} is there already; it was left as it is`, {
    subject: key,
  });
}

function requireWhole(
  sent: FileStat | undefined,
  { sizeBytes }: BodySource,
  key: ObjectKey,
): asserts sent is FileStat {
  if (sent?.size === sizeBytes) return;
  const found = sent === undefined ? "nothing" : `${sent.size} bytes`;
  throw new ColdstowError("E_LENGTH", `the server kept ${found} of the ${sizeBytes} of ${key}`, {
    subject: key,
  });
}

async function send(
  { client, config }: WebdavServer,
  path: string,
  source: BodySource,
  { signal, onProgress }: PutOptions,
): Promise<void> {
  const watched = watchdog(config.silenceMs, signal);
  const failure: { error?: unknown } = {};
  const body = Readable.from(sending(source, watched, signal, onProgress, failure), {
    objectMode: false,
  });
  try {
    await client.putFileContents(path, body, {
      // The library leaves it out for a stream; without it many servers take a cut body for a whole.
      headers: { "Content-Length": String(source.sizeBytes) },
      signal: watched.signal,
    });
    // A server may answer before it has read everything.
    if ("error" in failure) throw failure.error;
  } catch (error) {
    if (statusOf(error) === 404) throw folderGone(path, error);
    // The body's own fault explains more than the broken request that it caused.
    throw webdavError(failure.error ?? error, `sending ${path}`, watched.signal);
  } finally {
    watched.end();
    body.destroy();
  }
}

/** Some servers say it by 404 instead of 409; the next attempt makes the folder anew. */
function folderGone(path: string, cause: unknown): ColdstowError {
  return new ColdstowError("E_TEMPORARY", `the folder of ${path} has vanished`, {
    subject: path,
    cause,
  });
}

async function* sending(
  source: BodySource,
  watched: Watchdog,
  signal: AbortSignal | undefined,
  onProgress: PutOptions["onProgress"],
  failure: { error?: unknown },
): AsyncGenerator<Uint8Array, void, undefined> {
  let sentBytes = 0;
  const checks = { createDigest: createHash, ...(signal === undefined ? {} : { signal }) };
  try {
    for await (const chunk of checkedBody(source, checks)) {
      watched.alive();
      // The source may use its buffer again while the network still holds this one.
      yield Buffer.from(chunk);
      sentBytes += chunk.length;
      onProgress?.(sentBytes);
    }
    if (sentBytes === 0) onProgress?.(0);
  } catch (error) {
    failure.error = error;
    throw error;
  }
}
