import { randomBytes } from "node:crypto";

import {
  bytesSource,
  ColdstowError,
  throwIfCancelled,
  type ObjectKey,
  type StorageBackend,
} from "@coldstow/contracts";

import type { GroupName } from "./groups/index.ts";
import type { ColdHooks, Harness, OpenedStore } from "./harness.ts";
import { metered, type Meter, type Traffic } from "./metered-backend.ts";
import { prefixed } from "./prefixed-backend.ts";
import { removeBelow, tidied } from "./remove-below.ts";

/** Groups that read what they stored; where it is frozen at once, that would take hours. */
const readingGroups: readonly GroupName[] = [
  "round-trips",
  "ranges",
  "all-or-nothing",
  "fixity",
  "cancelling",
  "replacing",
  "deleting",
  "keys",
  "sources",
  "concurrency",
  "closing",
];

export interface AccountOptions {
  /**
   * Opens a client of the account; called several times for each scenario. It must not try again by
   * itself: scenarios fail on purpose, and a fault that is outlasted is not found.
   */
  readonly open: () => Promise<StorageBackend>;
  /** Makes the client that tidies up, which may try again; it is as it was opened if not given. */
  readonly patient?: (client: StorageBackend) => StorageBackend;
  /** How many objects the listing must page through; 1100 if not given. */
  readonly listedObjects?: number;
  /** Ends the check: the scenario at work fails at its next call, the others at once. */
  readonly signal?: AbortSignal;
  /** How long one scenario may take; ten minutes if not given. */
  readonly timeoutMs?: number;
}

/** The meters of prefixes where something that is no object may be left. */
type Untidied = Map<string, Meter>;

interface Place {
  readonly prefix: string;
  /** Tidies up. */
  readonly backend: StorageBackend;
  readonly traffic: Traffic;
  readonly untidied: Untidied;
}

/** A place in a user's account where scenarios run, and nothing else is. */
export interface Account {
  /** What everything that is stored begins with, such as `coldstow-check-4f0c1a9e/`. */
  readonly prefix: string;
  /** The client that tidies up after each scenario; the account closes it. */
  readonly backend: StorageBackend;
  /** What was sent and asked for so far. */
  readonly traffic: Traffic;
  /**
   * Stores one small object, reads what can be read of it, removes it, and tells how to run the kit.
   * @throws what the backend throws: nothing can be stored there
   */
  harness(): Promise<Harness>;
  /**
   * Removes everything below the prefix, whatever the signal says, also the folders that uploads which
   * failed have left empty.
   * @returns the keys that are still there
   */
  cleanUp(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * Prepares an account for {@link checkBackend}: each scenario runs below a prefix of its own, which
 * is emptied after it. Nothing is written yet.
 * @throws what opening and listing throw
 */
export async function openAccount(options: AccountOptions): Promise<Account> {
  const prefix = `coldstow-check-${randomBytes(4).toString("hex")}/`;
  const traffic: Traffic = { puts: 0, gets: 0, otherCalls: 0, sentBytes: 0 };
  const patient = options.patient ?? ((client: StorageBackend): StorageBackend => client);
  const untidied: Untidied = new Map();
  const backend = patient(await options.open());
  try {
    for await (const { key } of backend.list(prefix)) {
      throw new ColdstowError("E_EXISTS", `${key} is there already; nothing was touched`);
    }
  } catch (error) {
    await backend.close();
    throw error;
  }
  return {
    prefix,
    backend,
    traffic,
    harness: () => prepare(options, { prefix, backend, traffic, untidied }),
    cleanUp: async () => {
      const client = patient(await options.open());
      try {
        const left = await removeBelow(client, prefix);
        if (left.length > 0) return left;
        for (const [below, meter] of untidied) await tidied(prefixed(client, below), meter);
        return await removeBelow(client, prefix);
      } finally {
        await client.close();
      }
    },
    close: () => backend.close(),
  };
}

async function prepare(options: AccountOptions, place: Place): Promise<Harness> {
  const { signal } = options;
  const { prefix, backend, traffic, untidied } = place;
  let scenario = 0;
  const open = async (): Promise<OpenedStore> => {
    throwIfCancelled(signal);
    scenario += 1;
    const below = `${prefix}s${String(scenario).padStart(3, "0")}/`;
    const meter: Meter = { traffic, signal, unfinished: new Set(), staged: new Set() };
    untidied.set(below, meter);
    const client = async (): Promise<StorageBackend> =>
      metered(prefixed(await options.open(), below), meter);
    const opened = await client();
    return {
      backend: opened,
      reopen: client,
      ...(opened.cold === undefined ? {} : { cold: readyHooks(opened) }),
      cleanup: async () => {
        await emptied(backend, below, meter);
        untidied.delete(below);
      },
    };
  };
  const { cold, staged, capabilities } = backend;
  return {
    open,
    expect: { capabilities, cold: cold !== undefined, staged: staged !== undefined },
    leaveOut: await leftOut(options, place),
    listedObjects: options.listedObjects ?? 1100,
    longestKeyBytes: 512 - prefix.length - "s000/".length,
    timeoutMs: options.timeoutMs ?? 600_000,
  };
}

// Not by the scenario's clients, which it may have closed or broken.
async function emptied(backend: StorageBackend, below: string, meter: Meter): Promise<void> {
  await tidied(prefixed(backend, below), meter);
  const left = await removeBelow(backend, below);
  if (left.length > 0) throw new Error(`${left.length} objects could not be removed`);
}

/** Why groups do not run here, found out with one small object. */
async function leftOut(
  options: AccountOptions,
  { prefix, traffic, untidied }: Place,
): Promise<Partial<Record<GroupName, string>>> {
  const uncertainty = "a server in use cannot be broken on purpose";
  const { signal } = options;
  const meter: Meter = { traffic, signal, unfinished: new Set(), staged: new Set() };
  untidied.set(prefix, meter);
  const client = metered(prefixed(await options.open(), prefix), meter);
  try {
    const key = "probe" as ObjectKey;
    await client.put(key, bytesSource(new Uint8Array(1)));
    const [told] = client.cold === undefined ? [] : await client.cold.thawState([key]);
    await client.delete(key);
    untidied.delete(prefix);
    if (told === undefined) return { uncertainty };
    const coldStates = "a real store freezes and thaws in its own time";
    if (told.state === "ready") return { uncertainty, "cold-states": coldStates };
    const frozen = "objects are frozen at once here; to read one back would take hours and money";
    const reading = Object.fromEntries(readingGroups.map((group) => [group, frozen]));
    return { ...reading, uncertainty, "cold-states": coldStates };
  } finally {
    await client.close();
  }
}

/** Hooks for a cold store whose new objects are ready for a while. */
function readyHooks(backend: StorageBackend): ColdHooks {
  return {
    makeReady: async (keys) => {
      const states = (await backend.cold?.thawState(keys)) ?? [];
      const waiting = states.find(({ state }) => state !== "ready");
      if (waiting === undefined) return;
      throw new ColdstowError("E_FROZEN", `${waiting.key} is ${waiting.state} and cannot be read`);
    },
    makeFrozen: async () => {
      throw new ColdstowError("E_UNSUPPORTED", "a real store freezes in its own time");
    },
  };
}
