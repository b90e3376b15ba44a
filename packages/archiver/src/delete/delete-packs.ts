import type { CopyState, SqlDriver } from "@coldstow/catalogue";
import { objectKey, throwIfCancelled } from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import { deleteObject } from "./delete-object.ts";
import type { DeleteTally } from "./delete-tally.ts";

interface Doomed {
  readonly pack: number;
  readonly key: string;
  readonly sizeBytes: number;
  /** Undefined where the catalogue knows of no copy there: what is left of a cut upload. */
  readonly state: CopyState | undefined;
}

const pageRows = 100;
const maxConcurrent = 8;

/**
 * Deletes the packs of this archive at a destination, a page of 100 at a time: those that the
 * catalogue knows as copies, and those of its packs that are listed there all the same; `seen_object`
 * must hold the list. While a page is in work its copies count as missing, so that a crash leaves none
 * that is relied on and gone. O(packs · log).
 */
export async function deletePacks(
  driver: SqlDriver,
  destination: OpenDestination,
  tally: DeleteTally,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let after = ""; ;) {
    throwIfCancelled(signal);
    const page = doomedPacks(driver, destination.id, after);
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.key;
    setStates(driver, destination.id, page, () => "missing");
    const gone = new Set<number>();
    try {
      await deletePage(page, destination, gone, tally, signal);
    } finally {
      setStates(driver, destination.id, page, (one) =>
        gone.has(one.pack) ? "deleted" : one.state,
      );
      tally.advance();
    }
    // A destination that refuses a whole page refuses the next one too.
    if (gone.size === 0) return;
  }
}

function doomedPacks(driver: SqlDriver, destination: number, after: string): Doomed[] {
  return driver
    .prepare(
      `SELECT p.id AS pack, p.key AS key, coalesce(p.size, 0) AS size, c.state AS state
      FROM pack p LEFT JOIN copy c ON c.pack = p.id AND c.destination = ?1
        LEFT JOIN temp.seen_object s ON s.destination = ?1 AND s.key = p.key
      WHERE p.key > ?2 AND (c.state <> 'deleted' OR s.key IS NOT NULL OR p.state = 'planned')
      ORDER BY p.key LIMIT ${pageRows}`,
    )
    .all(destination, after)
    .map(({ pack, key, size, state }) => ({
      pack: Number(pack),
      key: String(key),
      sizeBytes: Number(size),
      state: typeof state === "string" ? (state as CopyState) : undefined,
    }));
}

function setStates(
  driver: SqlDriver,
  destination: number,
  page: readonly Doomed[],
  stateOf: (one: Doomed) => CopyState | undefined,
): void {
  driver.transaction(() => {
    const update = driver.prepare("UPDATE copy SET state = ? WHERE pack = ? AND destination = ?");
    for (const one of page) {
      const state = stateOf(one);
      if (one.state !== undefined && state !== undefined) update.run(state, one.pack, destination);
    }
  });
}

async function deletePage(
  page: readonly Doomed[],
  destination: OpenDestination,
  gone: Set<number>,
  tally: DeleteTally,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { backend, name } = destination;
  const queue = page[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (const one of queue) {
      throwIfCancelled(signal);
      const key = objectKey(one.key);
      try {
        await deleteObject(backend, key);
        await backend.staged?.sweep(key);
        gone.add(one.pack);
        if (one.state !== undefined && one.state !== "deleted") tally.deleted(one.sizeBytes);
      } catch (error) {
        tally.failed(name, one.key, error);
      }
    }
  };
  const lanes = Math.max(1, Math.min(maxConcurrent, backend.capabilities.maxConcurrent));
  const results = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
