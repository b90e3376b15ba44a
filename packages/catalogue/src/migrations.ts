import { ColdstowError } from "@coldstow/contracts";
import type { SqlDriver } from "./driver.ts";

/** Raises the database from version `from` to `from + 1`; runs inside a transaction. */
export interface Migration {
  readonly from: number;
  readonly apply: (driver: SqlDriver) => void;
}

/** Every step after version 3, the first of coldstow. A step is never edited once released. */
export const migrations: readonly Migration[] = [];

/**
 * Raises a catalogue step by step, each in a transaction of its own: a crash leaves a whole
 * catalogue of some version, and opening it again goes on.
 * @throws {E_OLD_FORMAT} if no step leads on from the version it has
 */
export function migrate(
  driver: SqlDriver,
  from: number,
  to: number,
  steps: readonly Migration[] = migrations,
): void {
  for (let version = from; version < to; version += 1) {
    const step = steps.find((candidate) => candidate.from === version);
    if (step === undefined) {
      throw new ColdstowError(
        "E_OLD_FORMAT",
        `the catalogue has format ${version}, and nothing leads from there to ${to}; it was not changed further`,
      );
    }
    driver.transaction(() => {
      step.apply(driver);
      driver.exec(`PRAGMA user_version = ${version + 1}`);
    });
  }
}
