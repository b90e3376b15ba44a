import { createReadStream } from "node:fs";
import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { ColdstowError, fromSystemError, untilCancelled } from "@coldstow/contracts";
import { tarNameOf } from "./tar-name.ts";

/** Where pyArchiver's tars lie, under their own names, which are no object keys. */
export interface LegacyStore {
  /** Names of the tars that are there, in any order. */
  list(): AsyncIterable<string>;
  /**
   * The bytes of a tar as they are stored.
   * @throws {E_NOT_FOUND} only if it is positively absent
   */
  open(name: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

const readBytes = 256 * 1024;

/** The tars in a folder of this machine. */
export function localLegacyStore(directory: string): LegacyStore {
  return {
    async *list() {
      try {
        for await (const item of await opendir(directory)) {
          if (item.isFile() && tarNameOf(item.name) === item.name) yield item.name;
        }
      } catch (error) {
        throw fromSystemError(error, "Listing the folder of the tars", directory);
      }
    },
    async *open(name, signal) {
      const path = join(directory, checked(name));
      try {
        // A pipe of that name would let its reader wait for ever.
        if (!(await lstat(path)).isFile()) throw notAFile(path);
        const stream = createReadStream(path, { highWaterMark: readBytes });
        yield* untilCancelled(stream as AsyncIterable<Uint8Array>, signal);
      } catch (error) {
        throw fromSystemError(error, "Reading the tar", path);
      }
    },
  };
}

function checked(name: string): string {
  if (tarNameOf(name) === name) return name;
  throw new ColdstowError(
    "E_BAD_KEY",
    `${JSON.stringify(name)} is no name of a tar of pyArchiver.`,
  );
}

function notAFile(path: string): ColdstowError {
  return new ColdstowError("E_FORMAT", `${path} is not a file. It was not read.`, {
    subject: path,
  });
}
