import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { seededRandom } from "./seeded-random.ts";

/** What to start and how often to kill it. */
export interface KillPlan {
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** How many times the command is started. */
  times: number;
  /** Fixes the delays. Print it, so that a failure can be repeated. */
  seed: number;
  /** Each delay lies between `minMs` (0 unless told) and this, in milliseconds. */
  maxMs: number;
  minMs?: number;
  /** Called after each start `n`, from 0, when no process of the group is left; the next start waits for it. */
  onAfter: (n: number, wasKilled: boolean, outcome: KillOutcome) => void | Promise<void>;
}

/** How one start ended. */
export interface KillOutcome {
  delayMs: number;
  /** Undefined when it was killed. */
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
}

/**
 * Starts a command again and again in a process group of its own and ends the group with SIGKILL after
 * a seeded random delay, unless it has ended by itself. Returns how many starts were killed.
 */
export async function killAtRandomInstants(plan: KillPlan): Promise<number> {
  const random = seededRandom(plan.seed);
  const minMs = plan.minMs ?? 0;
  let killed = 0;
  for (let n = 0; n < plan.times; n += 1) {
    const outcome = await runUntil(plan, minMs + random() * (plan.maxMs - minMs));
    const wasKilled = outcome.exitCode === undefined;
    if (wasKilled) killed += 1;
    await plan.onAfter(n, wasKilled, outcome);
  }
  return killed;
}

async function runUntil(plan: KillPlan, delayMs: number): Promise<KillOutcome> {
  const child = spawn(plan.command, plan.args, {
    ...(plan.cwd === undefined ? {} : { cwd: plan.cwd }),
    env: plan.env ?? process.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  // The pipes close when the last process that holds them has gone, grandchildren too.
  const closed = once(child, "close") as Promise<[number | null]>;
  const cut = new AbortController();
  const timer = wait(delayMs, undefined, { signal: cut.signal }).catch(() => undefined);
  await Promise.race([timer, closed]);
  cut.abort();
  if (child.pid !== undefined) killGroup(child.pid);
  const [exitCode] = await closed;
  return { delayMs, exitCode: exitCode ?? undefined, ...output };
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    // Nobody of the group is left: it ended by itself.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
