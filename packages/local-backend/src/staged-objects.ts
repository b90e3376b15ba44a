import { lstat, unlink } from "node:fs/promises";

import {
  ColdstowError,
  objectKey,
  throwIfCancelled,
  type StagedStorage,
} from "@coldstow/contracts";

import type { LocalConfig } from "./config.ts";
import { isAbsence, localError, notAFile } from "./errors.ts";
import { objectInfo } from "./object-info.ts";
import { find, objectPath, oddKind } from "./object-path.ts";
import { objectOfPartial, sweepPartials } from "./partial-file.ts";
import type { ObjectWriter } from "./object-writer.ts";

function notStaged(path: string): ColdstowError {
  return new ColdstowError("E_USAGE", `${path} is not a staged file of this destination`, {
    subject: path,
  });
}

/** Files that a worker writes in the destination's folder itself and then makes objects. */
export function stagedObjects(config: LocalConfig, writer: ObjectWriter): StagedStorage {
  return {
    stage: async (name) => await writer.stage(objectKey(name)),

    async publish(name, stagedPath, options = {}) {
      const key = objectKey(name);
      throwIfCancelled(options.signal);
      if (objectOfPartial(config.directory, stagedPath) !== objectPath(config, key)) {
        throw notStaged(stagedPath);
      }
      const stats = await lstat(stagedPath).catch((error: unknown) => {
        if (isAbsence(error)) {
          throw new ColdstowError("E_NOT_FOUND", `there is no staged file ${stagedPath}`, {
            subject: stagedPath,
          });
        }
        throw localError(error, "looking at the staged file", stagedPath);
      });
      if (!stats.isFile()) throw notAFile(stagedPath, oddKind(stats));
      await writer.publish(key, stagedPath, options);
      writer.staged.delete(stagedPath);
      options.onProgress?.(stats.size);
      return objectInfo(key, stats);
    },

    async discard(stagedPath) {
      if (objectOfPartial(config.directory, stagedPath) === undefined) throw notStaged(stagedPath);
      try {
        await unlink(stagedPath);
      } catch (error) {
        if (!isAbsence(error)) throw localError(error, "removing a staged file", stagedPath);
      }
      writer.staged.delete(stagedPath);
    },

    async sweep(name) {
      const key = objectKey(name);
      await find(config, key);
      await sweepPartials(config.directory, objectPath(config, key));
    },

    pathOf: (key) => objectPath(config, objectKey(key)),
  };
}
