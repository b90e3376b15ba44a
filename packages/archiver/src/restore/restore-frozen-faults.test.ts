import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failNthLoop, memoryBackend } from "@coldstow/backend-testkit";
import { isColdstowError, type ObjectKey, type StorageBackend } from "@coldstow/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coldArchive, type ColdArchive } from "../../testing/cold-archive.ts";
import { Killed, KillSwitch, stoppingCatalogue } from "../../testing/stopping-catalogue.ts";
import { openCatalogue } from "../archive/open-archive.ts";
import type { RestoreResult } from "./restore-options.ts";

const timeoutMs = 300_000;
let cold: ColdArchive;

/** With a file that takes three packs, one pack that two places have, and waves of about two packs. */
beforeAll(async () => {
  cold = await coldArchive({
    terms: { readyHours: 24 },
    more: () => ({ warm: memoryBackend({}) }),
  });
  writeFileSync(join(cold.tree, "album", "film.mp4"), randomBytes(2_500_000));
  await cold.run("resume");
  const [kept] = await cold.packs();
  const warm = cold.archive.destinations[1]?.backend;
  for await (const { key } of warm?.list("packs/") ?? []) {
    if (key !== kept?.key) await warm?.delete(key);
  }
}, timeoutMs);
afterAll(async () => cold.close());

/** A text, and a file of three parts. */
const wanted = ["notes.txt", "album/film.mp4"];

function isRestored(): boolean {
  return wanted.every((name) => {
    const there = join(cold.back, name);
    return existsSync(there) && readFileSync(there).equals(readFileSync(join(cold.tree, name)));
  });
}

const bytesPerSecond = 2_200_000 / (24 * 3600 * 0.7);

/** As if nothing had ever been restored: all packs are frozen, and nothing is noted. */
async function forget(): Promise<void> {
  rmSync(cold.back, { recursive: true, force: true });
  for (const { id } of await cold.archive.catalogue.restoreJobs("open")) {
    await cold.archive.catalogue.closeRestoreJob(id, "cancelled", 0n);
  }
  cold.place.store.windows.clear();
  const { gets, requests, tooEarly, twice, options } = cold.place.log;
  for (const list of [gets, requests, tooEarly, twice, options]) list.length = 0;
  cold.told.length = 0;
}

interface Round {
  readonly kill?: KillSwitch;
  readonly wrap?: (backend: StorageBackend) => StorageBackend;
}

async function once({ kill, wrap }: Round): Promise<RestoreResult> {
  const { archive } = cold;
  const stopped = kill === undefined ? wrap : killable(kill);
  const destinations = archive.destinations.map((one) =>
    one.backend.cold === undefined
      ? one
      : { ...one, backend: stopped?.(one.backend) ?? one.backend },
  );
  const openNotes =
    kill === undefined
      ? () => openCatalogue(archive.path, false)
      : () => stoppingCatalogue(archive.path, kill);
  const options = { openNotes, select: wanted, thaw: { bytesPerSecond } };
  return cold.restore(options, { ...archive, destinations });
}

function killable(kill: KillSwitch): (backend: StorageBackend) => StorageBackend {
  return (inner) => ({
    capabilities: inner.capabilities,
    ...(inner.cold && {
      cold: {
        terms: inner.cold.terms,
        requestThaw: async (keys, options) => {
          kill.check();
          const answer = await inner.cold?.requestThaw(keys, options);
          kill.check();
          return answer ?? [];
        },
        thawState: async (keys) => {
          kill.check();
          return (await inner.cold?.thawState(keys)) ?? [];
        },
      },
    }),
    put: (key, source, options) => inner.put(key, source, options),
    async *get(key: ObjectKey, options) {
      kill.check();
      yield* inner.get(key, options);
    },
    stat: (key) => inner.stat(key),
    list: (prefix) => inner.list(prefix),
    delete: (key) => inner.delete(key),
    close: () => inner.close(),
  });
}

/** Runs the command again and again, at the hours that it names, until it has nothing left to wait for. */
async function finish(): Promise<void> {
  for (let rounds = 0; rounds < 20; rounds += 1) {
    const { failed, waiting } = await once({});
    expect(failed).toBe(0);
    if (waiting === undefined) return;
    cold.clock.ms = Date.parse(waiting.comeBackAt);
  }
  throw new Error("the restore does not come to its end");
}

async function expectConverged(): Promise<void> {
  const { log } = cold.place;
  expect({ twice: log.twice, tooEarly: log.tooEarly }).toEqual({ twice: [], tooEarly: [] });
  expect(isRestored()).toBe(true);
  expect(await cold.archive.catalogue.restoreJobs("open")).toEqual([]);
}

it(
  "fetches every pack once, although a large file lies in packs of several waves and processes",
  async () => {
    await forget();
    await finish();
    await expectConverged();
    const { gets, requests } = cold.place.log;
    expect(requests.length).toBeGreaterThan(1);
    expect(gets).toHaveLength(requests.flat().length);
    expect(new Set(gets).size).toBe(gets.length);
  },
  timeoutMs,
);

describe("a restore that is killed goes on, and ends with the same files", () => {
  it.each([1, 2, 3])(
    "at a third of the commits and calls of each kind, in process %i",
    async (process) => {
      let steps = 0;
      // Together the processes are killed at every kind of step.
      for (let at = process; ; at += 3) {
        await forget();
        for (let before = 1; before < process; before += 1) {
          const { waiting } = await once({});
          cold.clock.ms = Date.parse(waiting?.comeBackAt ?? "");
        }
        const kill = new KillSwitch(at);
        try {
          await once({ kill });
        } catch (error) {
          if (!reasonsOf(error).some((one) => one instanceof Killed)) throw error;
        }
        if (!kill.isKilled) break;
        steps += 1;
        await finish();
        await expectConverged();
      }
      expect(steps).toBeGreaterThan(3);
    },
    timeoutMs,
  );
});

function reasonsOf(error: unknown): unknown[] {
  const reasons: unknown[] = [];
  for (let one: unknown = error; one instanceof Error; one = one.cause) reasons.push(one);
  return reasons;
}

describe("whichever call to the cold place fails, the same command goes on", () => {
  it.each([{ afterEffect: false }, { afterEffect: true }])(
    "with its effect: $afterEffect",
    async (options) => {
      const faults = await failNthLoop(async ({ wrap }) => {
        await forget();
        for (let rounds = 0, isDone = false; !isDone && rounds < 20; rounds += 1) {
          try {
            const { waiting } = await once(rounds === 0 ? { wrap } : {});
            isDone = waiting === undefined && isRestored();
            if (waiting !== undefined) cold.clock.ms = Date.parse(waiting.comeBackAt);
          } catch (error) {
            if (!isColdstowError(error) || error.code !== "E_TEMPORARY") throw error;
          }
        }
        await expectConverged();
      }, options);
      expect(faults).toBeGreaterThan(2);
    },
    timeoutMs,
  );
});
