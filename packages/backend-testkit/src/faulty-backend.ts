import {
  ColdstowError,
  type ColdStorage,
  type StagedStorage,
  type StorageBackend,
} from "@coldstow/contracts";

export type FaultyCall =
  | "put"
  | "get"
  | "stat"
  | "list"
  | "delete"
  | "requestThaw"
  | "thawState"
  | "stage"
  | "publish"
  | "discard"
  | "sweep";

export interface FaultOptions {
  /** The number of the call that fails, from 1, counted over all calls but `close` and `pathOf`. */
  readonly failNth: number;
  /** Every later call fails too: the store has gone. */
  readonly forever?: boolean;
  /** `E_TEMPORARY` if not given. */
  readonly error?: () => unknown;
  /** The call does its work and only its answer is lost. A `get` or `list` breaks after its first piece. */
  readonly afterEffect?: boolean;
  /** Only these calls are counted; all if not given. */
  readonly only?: readonly FaultyCall[];
}

export interface FaultyBackend extends StorageBackend {
  /** How many calls were counted. */
  calls(): number;
  /** Whether a call was made to fail. */
  fired(): boolean;
}

function lostAnswer(): ColdstowError {
  return new ColdstowError("E_TEMPORARY", "the connection broke; the answer is lost");
}

/** The same backend, of which the Nth call fails, before or after its effect. */
export function faultyBackend(inner: StorageBackend, options: FaultOptions): FaultyBackend {
  const { error = lostAnswer, afterEffect = false, forever = false } = options;
  let calls = 0;
  let fired = false;

  function fails(call: FaultyCall): boolean {
    if (options.only !== undefined && !options.only.includes(call)) return false;
    calls += 1;
    const now = forever ? calls >= options.failNth : calls === options.failNth;
    fired ||= now;
    return now;
  }

  async function once<T>(call: FaultyCall, work: () => Promise<T>): Promise<T> {
    if (!fails(call)) return await work();
    if (afterEffect) await work();
    throw error();
  }

  async function* stream<T>(
    call: FaultyCall,
    open: () => AsyncIterable<T>,
  ): AsyncGenerator<T, void, undefined> {
    const failing = fails(call);
    if (failing && !afterEffect) throw error();
    for await (const value of open()) {
      yield value;
      if (failing) throw error();
    }
    if (failing) throw error();
  }

  function faultyCold(cold: ColdStorage): ColdStorage {
    return {
      terms: cold.terms,
      requestThaw: (keys, thaw) => once("requestThaw", () => cold.requestThaw(keys, thaw)),
      thawState: (keys) => once("thawState", () => cold.thawState(keys)),
    };
  }

  function faultyStaged(staged: StagedStorage): StagedStorage {
    return {
      stage: (key) => once("stage", () => staged.stage(key)),
      publish: (key, path, put) => once("publish", () => staged.publish(key, path, put)),
      discard: (path) => once("discard", () => staged.discard(path)),
      sweep: (key) => once("sweep", () => staged.sweep(key)),
      pathOf: (key) => staged.pathOf(key),
    };
  }

  return {
    capabilities: inner.capabilities,
    ...(inner.tariff === undefined ? {} : { tariff: inner.tariff }),
    ...(inner.cold === undefined ? {} : { cold: faultyCold(inner.cold) }),
    ...(inner.staged === undefined ? {} : { staged: faultyStaged(inner.staged) }),
    calls: () => calls,
    fired: () => fired,
    put: (key, source, put) => once("put", () => inner.put(key, source, put)),
    get: (key, get) => stream("get", () => inner.get(key, get)),
    stat: (key) => once("stat", () => inner.stat(key)),
    list: (prefix) => stream("list", () => inner.list(prefix)),
    delete: (key) => once("delete", () => inner.delete(key)),
    close: () => inner.close(),
  };
}
