import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

import {
  ColdstowError,
  errnoOf,
  throwIfCancelled,
  type GetOptions,
  type ObjectKey,
} from "@coldstow/contracts";

import type { LocalConfig } from "./config.ts";
import { isAbsence, localError, notAFile } from "./errors.ts";
import { find, objectPath } from "./object-path.ts";

const chunkBytes = 256 * 1024;
/** Windows has neither flag; there the look beforehand has to do. */
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

function absent(key: ObjectKey, path: string): ColdstowError {
  return new ColdstowError("E_NOT_FOUND", `there is no object ${key}`, { subject: path });
}

async function openObject(config: LocalConfig, key: ObjectKey, path: string): Promise<FileHandle> {
  const found = await find(config, key);
  if (found.kind !== "file") throw absent(key, path);
  try {
    return await open(path, flags);
  } catch (error) {
    if (isAbsence(error)) throw absent(key, path);
    if (errnoOf(error) === "ELOOP") throw notAFile(path, "a symbolic link");
    throw localError(error, "opening the object", path);
  }
}

/**
 * The object's bytes or those in the range, in fresh chunks of 256 KiB. An object that is replaced
 * meanwhile is read to its end as it was.
 * @throws {E_NOT_FOUND | E_FORMAT | E_CANCELLED | E_USAGE}
 * @throws {E_FIXITY} if the file became shorter while it was read
 */
export async function* readObject(
  config: LocalConfig,
  key: ObjectKey,
  options: GetOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { range, signal } = options;
  throwIfCancelled(signal);
  if (range !== undefined && !(range.start >= 0 && range.end >= range.start)) {
    throw new ColdstowError("E_USAGE", `${range.start} to ${range.end} is not a range of bytes`);
  }
  const path = objectPath(config, key);
  const file = await openObject(config, key, path);
  try {
    const { size } = await file.stat();
    const end = Math.min(range?.end ?? size, size);
    for (let at = range?.start ?? 0; at < end;) {
      throwIfCancelled(signal);
      const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, end - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) {
        throw new ColdstowError(
          "E_FIXITY",
          `${path} ended after ${at} of ${size} bytes: it was cut while it was read`,
          { subject: path },
        );
      }
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw localError(error, "reading the object", path);
  } finally {
    await file.close();
  }
}
