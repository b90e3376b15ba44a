import { Catalogue, type SqlDriver, type SqlStatement } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";

/** Thrown at the place where a process is taken to be killed. */
export class Killed extends Error {
  override readonly name: string = "Killed";
}

/** Counts steps, and kills at the Nth: everything after it fails too, as in a process that is gone. */
export class KillSwitch {
  steps = 0;
  readonly #at: number;

  constructor(at: number) {
    this.#at = at;
  }

  get isKilled(): boolean {
    return this.steps >= this.#at;
  }

  /** A step that is killed before it does anything, or after it did (`half` steps). */
  run<T>(work: () => T): T {
    this.check();
    const result = work();
    this.check();
    return result;
  }

  check(): void {
    this.steps += 1;
    if (this.isKilled) throw new Killed(`killed at step ${this.steps}`);
  }
}

/** A connection of which every commit is a step. */
export async function stoppingCatalogue(path: string, kill: KillSwitch): Promise<Catalogue> {
  return Catalogue.open(stoppingDriver(openNodeDriver(path), kill));
}

function stoppingDriver(inner: SqlDriver, kill: KillSwitch): SqlDriver {
  let inTransaction = false;
  const alone = <T>(work: () => T): T => (inTransaction ? work() : kill.run(work));
  const statement = (one: SqlStatement): SqlStatement => ({
    run: (...values) => alone(() => one.run(...values)),
    get: (...values) => one.get(...values),
    all: (...values) => one.all(...values),
    iterate: (...values) => one.iterate(...values),
  });
  return {
    exec: (sql) => inner.exec(sql),
    prepare: (sql) => statement(inner.prepare(sql)),
    close: () => inner.close(),
    transaction: (body) =>
      kill.run(() => {
        inTransaction = true;
        try {
          return inner.transaction(body);
        } finally {
          inTransaction = false;
        }
      }),
  };
}
