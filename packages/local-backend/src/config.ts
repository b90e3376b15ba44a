import { homedir } from "node:os";
import { join, resolve } from "node:path";

import { ColdstowError, type BackendSettings, type SettingSpec } from "@coldstow/contracts";

/** What a local destination is told. */
export interface LocalConfig {
  /** The absolute path of the folder that holds the objects. */
  readonly directory: string;
  /** Whether the first write makes a folder that is missing. */
  readonly create: boolean;
}

export const settings: readonly SettingSpec[] = [
  {
    name: "dir",
    description: "The folder that holds the archive: on a disk, a NAS mount or a USB stick.",
    required: true,
    inUrl: "path",
  },
  {
    name: "create",
    description:
      "yes: the first write makes the folder. no: it must be there already; say so for a disk that is not always mounted, so that nothing is written beneath its mount point.",
    default: "yes",
  },
];

function wrong(message: string, setting: string): ColdstowError {
  return new ColdstowError("E_CONFIG", message, { subject: setting });
}

function yesOrNo(value: string): boolean {
  switch (value.trim().toLowerCase()) {
    case "yes":
    case "true":
    case "on":
    case "1":
      return true;
    case "no":
    case "false":
    case "off":
    case "0":
      return false;
    default:
      throw wrong(`create is ${JSON.stringify(value)}, neither yes nor no`, "create");
  }
}

/**
 * Reads the settings. A leading `~/` means the home folder; another relative path starts at the
 * current folder.
 * @throws {E_CONFIG} naming the setting that is missing or wrong
 */
export function parseSettings(given: BackendSettings): LocalConfig {
  const dir = given["dir"]?.trim() ?? "";
  if (dir === "") throw wrong("dir is missing: a local destination needs a folder", "dir");
  if (dir.includes("\0")) throw wrong("dir holds a zero byte, which no path may", "dir");
  const directory = dir === "~" || /^~[/\\]/.test(dir) ? join(homedir(), dir.slice(1)) : dir;
  return { directory: resolve(directory), create: yesOrNo(given["create"] ?? "yes") };
}
