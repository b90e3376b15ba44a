import type { Dirent } from "node:fs";
import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";

import { isObjectKey, type ObjectInfo, type ObjectKey } from "@coldstow/contracts";

import type { LocalConfig } from "./config.ts";
import { isAbsence, localError, notAFile } from "./errors.ts";
import { objectInfo } from "./object-info.ts";
import { oddKind, rootExists } from "./object-path.ts";

/** How many files are looked at together, since a network share answers each look slowly. */
const batchSize = 32;

async function look(path: string, key: ObjectKey): Promise<ObjectInfo | undefined> {
  try {
    return objectInfo(key, await lstat(path));
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw localError(error, "looking at an object", path);
  }
}

async function* entriesOf(path: string, isRoot: boolean): AsyncGenerator<Dirent, void, undefined> {
  try {
    yield* await opendir(path, { bufferSize: batchSize });
  } catch (error) {
    // A folder that was deleted meanwhile holds nothing; the destination's own must not vanish.
    if (!isAbsence(error) || isRoot) throw localError(error, "listing the destination", path);
  }
}

/**
 * Every object whose key starts with the prefix. Files whose names are no object keys are none of
 * ours and are left out. Folders are read one after another, so memory grows with the number of
 * folders that wait, not with the number of objects.
 * @throws {E_FORMAT} if something that is neither file nor folder carries a key that matters here
 */
export async function* listObjects(
  config: LocalConfig,
  prefix: string,
): AsyncGenerator<ObjectInfo, void, undefined> {
  if (!(await rootExists(config))) return;
  const waiting = [""];
  for (let above = waiting.pop(); above !== undefined; above = waiting.pop()) {
    const directory = join(config.directory, above);
    let batch: Promise<ObjectInfo | undefined>[] = [];
    for await (const entry of entriesOf(directory, above === "")) {
      const key = above + entry.name;
      if (!isObjectKey(key)) continue;
      const matches = key.startsWith(prefix);
      const leadsOn = matches || `${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`);
      if (entry.isDirectory()) {
        if (leadsOn) waiting.push(`${key}/`);
      } else if (entry.isFile()) {
        if (matches) batch.push(look(join(directory, entry.name), key));
      } else if (leadsOn) throw notAFile(join(directory, entry.name), oddKind(entry));
      if (batch.length >= batchSize) {
        yield* (await Promise.all(batch)).filter((info) => info !== undefined);
        batch = [];
      }
    }
    yield* (await Promise.all(batch)).filter((info) => info !== undefined);
  }
}
