import { readdirSync, readFileSync } from "node:fs";

const looksAtEach = 50;

/** Looks at the arguments of all processes of the machine again and again until it is stopped. */
export function watchArguments(found: (argv: Buffer) => void): { stop(): void } {
  const seen = new Set<string>();
  const looks = new Map<string, number>();
  const look = (): void => {
    for (const pid of readdirSync("/proc")) {
      const times = looks.get(pid) ?? 0;
      // A process may change its arguments when it becomes another program, soon after its start.
      if (times === looksAtEach || !/^\d+$/.test(pid)) continue;
      looks.set(pid, times + 1);
      const argv = argumentsOf(pid);
      const text = argv.toString("latin1");
      if (text === "" || seen.has(text)) continue;
      seen.add(text);
      found(argv);
    }
  };
  const timer = setInterval(look, 5);
  return {
    stop() {
      clearInterval(timer);
      look();
    },
  };
}

function argumentsOf(pid: string): Buffer {
  try {
    return readFileSync(`/proc/${pid}/cmdline`);
  } catch {
    // It has ended.
    return Buffer.alloc(0);
  }
}
