/** A server of its own process, which must not outlive the tests. */
export interface KilledAtExit {
  killNow(): void;
}

const running = new Set<KilledAtExit>();
let watchesExit = false;

/** Sees to it that a test process that ends early leaves no server behind. */
export function killAtExit(server: KilledAtExit): void {
  running.add(server);
  if (watchesExit) return;
  watchesExit = true;
  process.once("exit", () => {
    for (const left of running) left.killNow();
  });
}

/** Forgets a server that has ended. */
export function forgetAtExit(server: KilledAtExit): void {
  running.delete(server);
}
