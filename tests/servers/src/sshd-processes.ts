import { readdirSync, readFileSync } from "node:fs";

/** The process itself and all that it and its children have started, the eldest first. */
export function processTree(pid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // The command's name stands in brackets and may itself hold brackets and blanks.
      const fields = readFileSync(`/proc/${name}/stat`, "latin1")
        .replace(/^.*\) /s, "")
        .split(" ");
      const parent = Number(fields[1]);
      childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended while the list was read.
    }
  }
  const found = [pid];
  for (const member of found) found.push(...(childrenOf.get(member) ?? []));
  return found;
}

/** Sends a signal to one process; one that has ended already is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Sends a signal to a whole tree. Its root is stopped first, so that it forks nothing meanwhile. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  if (signal !== "SIGCONT") signalProcess(pid, "SIGSTOP");
  for (const member of processTree(pid)) signalProcess(member, signal);
}
