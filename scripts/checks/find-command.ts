import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of a command that PATH holds, or undefined. */
export function findCommand(name: string): string | undefined {
  const suffixes = process.platform === "win32" ? [".exe", ".cmd", ".bat"] : [""];
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const suffix of suffixes) {
      const candidate = join(folder, name + suffix);
      try {
        accessSync(candidate, constants.X_OK);
        return candidate;
      } catch {
        // Not in this folder; the next one may hold it.
      }
    }
  }
  return undefined;
}
