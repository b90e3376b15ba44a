import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { unquote } from "./setting-values.ts";

/** A path of an ini: quotes are taken off, `~/` is the home directory, the rest relative to the base. */
export function settingPath(value: string, baseDirectory: string | undefined): string {
  const path = unquote(value);
  const full = path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
  return baseDirectory === undefined || full === "" ? full : resolve(baseDirectory, full);
}
