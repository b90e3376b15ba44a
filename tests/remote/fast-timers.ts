/**
 * Preloaded into a command (`--import`): its timers run TEST_TIMERS_FASTER times as fast, so that pauses between
 * attempts and patience with a silent server, which are right for a person's network, fit into a test.
 */
import timersPromises from "node:timers/promises";
import { syncBuiltinESMExports } from "node:module";

const factor = Number(process.env["TEST_TIMERS_FASTER"] ?? "1");
const { setTimeout: slowly } = globalThis;
const { setTimeout: waitSlowly } = timersPromises;

globalThis.setTimeout = Object.assign(
  (work: (...args: unknown[]) => void, delayMs?: number, ...args: unknown[]) =>
    slowly(work, (delayMs ?? 0) / factor, ...args),
  slowly,
) as typeof globalThis.setTimeout;
timersPromises.setTimeout = async (delayMs?: number, ...rest: []) =>
  waitSlowly((delayMs ?? 0) / factor, ...rest);
syncBuiltinESMExports();
