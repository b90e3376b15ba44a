import type { SqlDriver, SqlStatement } from "@coldstow/catalogue";
import type { StorageBackend } from "@coldstow/contracts";
import type { Wrappers } from "./session.ts";

/** Where this process ends itself: before or after the Nth step, from 1. */
export interface StopAt {
  readonly step: number;
  readonly when: "before" | "after";
}

/**
 * Wrappers under which every commit of the catalogue and every call of the backend is a step, and the
 * process gets SIGKILL at one of them.
 */
export function stoppingWrappers(stop: StopAt | undefined): Wrappers & { steps(): number } {
  let steps = 0;
  const reached = (when: StopAt["when"], step: number): void => {
    if (stop?.step === step && stop.when === when) process.kill(process.pid, "SIGKILL");
  };
  const step = <T>(work: () => T): T => {
    steps += 1;
    const own = steps;
    reached("before", own);
    const result = work();
    reached("after", own);
    return result;
  };
  const stepAsync = async <T>(work: () => Promise<T>): Promise<T> => {
    steps += 1;
    const own = steps;
    reached("before", own);
    const result = await work();
    reached("after", own);
    return result;
  };
  return {
    steps: () => steps,
    driver: (inner) => steppedDriver(inner, step),
    backend: (inner) => steppedBackend(inner, stepAsync),
  };
}

function steppedDriver(inner: SqlDriver, step: <T>(work: () => T) => T): SqlDriver {
  let inTransaction = false;
  // Outside of a transaction, each statement that writes is a commit of its own.
  const alone = <T>(work: () => T): T => (inTransaction ? work() : step(work));
  const steppedStatement = (statement: SqlStatement): SqlStatement => ({
    run: (...values) => alone(() => statement.run(...values)),
    get: (...values) => statement.get(...values),
    all: (...values) => statement.all(...values),
    iterate: (...values) => statement.iterate(...values),
  });
  return {
    exec: (sql) => alone(() => inner.exec(sql)),
    prepare: (sql) => steppedStatement(inner.prepare(sql)),
    close: () => step(() => inner.close()),
    transaction: (body) =>
      step(() => {
        inTransaction = true;
        try {
          return inner.transaction(body);
        } finally {
          inTransaction = false;
        }
      }),
  };
}

function steppedBackend(
  inner: StorageBackend,
  step: <T>(work: () => Promise<T>) => Promise<T>,
): StorageBackend {
  const { staged } = inner;
  return {
    capabilities: inner.capabilities,
    ...(inner.cold && { cold: inner.cold }),
    ...(staged && {
      staged: {
        stage: (key) => step(() => staged.stage(key)),
        publish: (key, path, options) => step(() => staged.publish(key, path, options)),
        discard: (path) => step(() => staged.discard(path)),
        sweep: (key) => step(() => staged.sweep(key)),
        pathOf: (key) => staged.pathOf(key),
      },
    }),
    put: (key, source, options) => step(() => inner.put(key, source, options)),
    get: (key, options) => inner.get(key, options),
    stat: (key) => inner.stat(key),
    list: (prefix) => inner.list(prefix),
    delete: (key) => step(() => inner.delete(key)),
    close: () => inner.close(),
  };
}
