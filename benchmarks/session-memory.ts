import { readdirSync, readFileSync } from "node:fs";

/**
 * Resident memory of all processes of a session (proc(5): field 6 of `stat`), in bytes. Of a single
 * process it is its own high-water mark, so that a peak between two looks is not missed.
 * Cost grows with the number of processes on the machine.
 */
export function sessionMemory(session: number): number {
  let now = 0;
  let highest = 0;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      // The command in parentheses may hold spaces.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(fields[3]) !== session) continue;
      const status = readFileSync(`/proc/${name}/status`, "latin1");
      now += kibibytes(status, "VmRSS");
      highest = Math.max(highest, kibibytes(status, "VmHWM"));
    } catch (error) {
      // The process ended between two calls.
      if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  return Math.max(now, highest) * 1024;
}

function kibibytes(status: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
}
