import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { coldBackend, ColdStore, type ColdBackendOptions } from "@coldstow/backend-testkit";
import type {
  ColdStorage,
  ObjectKey,
  ProgressEvent,
  StorageBackend,
  ThawTerms,
} from "@coldstow/contracts";
import type { Archive } from "../src/archive/archive.ts";
import { restoreTree } from "../src/restore/restore-tree.ts";
import type { RestoreOptions, RestoreResult } from "../src/restore/restore-options.ts";
import type { Clock } from "../src/thaw/clock.ts";
import { testArchive, type TestArchive } from "./test-archive.ts";

export const hourMs: number = 60 * 60 * 1000;

/** A clock that only moves when somebody waits or a test says so. */
export class FakeClock implements Clock {
  ms: number = Date.parse("2030-01-01T00:00:00Z");
  readonly sleeps: number[] = [];

  now = (): number => this.ms;

  sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    this.sleeps.push(milliseconds);
    this.ms += milliseconds;
  };

  pass(hours: number): void {
    this.ms += hours * hourMs;
  }
}

/** What was asked of a cold place, and whether it was asked as it must be. */
export interface ColdLog {
  /** The keys of each call to thaw. */
  readonly requests: ObjectKey[][];
  readonly options: object[];
  /** Keys that were read. */
  readonly gets: ObjectKey[];
  /** Keys that were asked for while they were thawing or ready. */
  readonly twice: ObjectKey[];
  /** Keys that were read while they were frozen or thawing. */
  readonly tooEarly: ObjectKey[];
}

export interface ColdPlace {
  readonly backend: StorageBackend;
  readonly store: ColdStore;
  readonly log: ColdLog;
}

/** A cold place that notes what it is asked. */
export function coldPlace(
  clock: FakeClock,
  options: Omit<ColdBackendOptions, "clock" | "store"> & {
    readonly terms?: Partial<ThawTerms>;
  } = {},
): ColdPlace {
  const store = new ColdStore();
  const inner = coldBackend({ ...options, store, clock: clock.now });
  const log: ColdLog = { requests: [], options: [], gets: [], twice: [], tooEarly: [] };
  const isFrozen = (key: ObjectKey): boolean => {
    const window = store.windows.get(key);
    return window === undefined || clock.now() >= window.untilMs;
  };
  const cold: ColdStorage = {
    terms: { ...inner.cold.terms, ...options.terms },
    requestThaw: async (keys, thaw) => {
      log.requests.push([...keys]);
      log.options.push(thaw);
      log.twice.push(...keys.filter((key) => !isFrozen(key)));
      const days = options.terms?.readyHours === undefined ? {} : { days: 1 };
      return inner.cold.requestThaw(keys, { ...thaw, ...days });
    },
    thawState: (keys) => inner.cold.thawState(keys),
  };
  const backend: StorageBackend = {
    capabilities: inner.capabilities,
    cold,
    put: (key, source, put) => inner.put(key, source, put),
    get: (key, get) => {
      log.gets.push(key);
      const window = store.windows.get(key);
      if (window === undefined || clock.now() < window.fromMs || isFrozen(key)) {
        log.tooEarly.push(key);
      }
      return inner.get(key, get);
    },
    stat: (key) => inner.stat(key),
    list: (prefix) => inner.list(prefix),
    delete: (key) => inner.delete(key),
    close: () => inner.close(),
  };
  return { backend, store, log };
}

export interface ColdArchive extends TestArchive {
  readonly clock: FakeClock;
  readonly place: ColdPlace;
  readonly told: ProgressEvent[];
  restore(options?: Partial<RestoreOptions>, archive?: Archive): Promise<RestoreResult>;
  /** True where the folder holds the tree's files, byte by byte. */
  isRestored(): boolean;
  readonly back: string;
}

/** The test archive with a cold place, `cold`, and the other places given. */
export async function coldArchive(
  options: Parameters<typeof coldPlace>[1] & {
    readonly more?: (root: string) => Readonly<Record<string, StorageBackend>>;
  } = {},
): Promise<ColdArchive> {
  const clock = new FakeClock();
  const place = coldPlace(clock, options);
  const made = await testArchive({
    encrypted: false,
    backends: (root) => ({ cold: place.backend, ...options.more?.(root) }),
  });
  const told: ProgressEvent[] = [];
  const back = join(made.root, "back");
  return {
    ...made,
    clock,
    place,
    told,
    back,
    restore: (more = {}, archive = made.archive) =>
      restoreTree(archive, {
        destination: back,
        identities: made.key === "" ? [] : [made.key],
        progress: (event) => told.push(event),
        jobs: 1,
        ...more,
        thaw: { clock, ...more.thaw },
      }),
    isRestored: () => isSameTree(made.tree, back),
  };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile())
    .toSorted();
}

/** True where both folders hold files of the same names and bytes. */
export function isSameTree(one: string, other: string): boolean {
  const names = filesIn(one);
  if (names.join("\n") !== filesIn(other).join("\n")) return false;
  return names.every((name) =>
    readFileSync(join(one, name)).equals(readFileSync(join(other, name))),
  );
}
