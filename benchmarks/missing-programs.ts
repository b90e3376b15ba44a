import { spawnSync } from "node:child_process";

/** Names the programs that this machine does not have; undefined when it has all. */
export function missingPrograms(...programs: string[]): string | undefined {
  const missing = programs.filter(
    (program) => spawnSync("sh", ["-c", 'command -v "$1"', "sh", program]).status !== 0,
  );
  return missing.length === 0 ? undefined : missing.join(", ");
}
