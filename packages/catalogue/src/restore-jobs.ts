import { ColdstowError } from "@coldstow/contracts";
import type { SqlDriver, SqlRow } from "./driver.ts";
import type { JobPackState } from "./restore-job-packs.ts";
import { nsColumn, nsFrom, nsOrNull } from "./time-ns.ts";

export type RestoreJobState = "open" | "done" | "cancelled";

/** What a job is about, before it has an id. */
export interface NewRestoreJob {
  /** Restored as of which run. */
  readonly run: number;
  /** The folder that is restored to; empty for a job that only thaws. */
  readonly destination: string;
  /** What is restored, and how: any value that JSON can hold. */
  readonly selection: unknown;
}

/** The packs of a job that are in one state and come from one destination. */
export interface JobPackGroup {
  /** Null where no destination is left to fetch them from. */
  readonly destination: number | null;
  readonly state: JobPackState;
  readonly packs: number;
  /** Of the objects. */
  readonly bytes: number;
  /** The earliest and the latest time at which one of them is, or was, expected to be ready. */
  readonly firstReadyNs: bigint | null;
  readonly lastReadyNs: bigint | null;
}

/** A restore that waits, or waited, for frozen packs. */
export interface RestoreJob extends NewRestoreJob {
  readonly id: number;
  readonly state: RestoreJobState;
  readonly createdNs: bigint;
  readonly updatedNs: bigint;
}

const columns = `id, run, destination, selection, state, ${nsColumn("created_ns", "created")},
  ${nsColumn("updated_ns", "updated")}`;

/** Opens a job. @returns its id */
export function addRestoreJob(driver: SqlDriver, job: NewRestoreJob, nowNs: bigint): number {
  return driver
    .prepare(
      `INSERT INTO restore_job (run, destination, selection, state, created_ns, updated_ns)
       VALUES (?, ?, ?, 'open', ?, ?)`,
    )
    .run(job.run, job.destination, JSON.stringify(job.selection), nowNs, nowNs).lastId;
}

/** Jobs in a state, oldest first; people have few of them. */
export function listRestoreJobs(driver: SqlDriver, state: RestoreJobState): RestoreJob[] {
  return driver
    .prepare(`SELECT ${columns} FROM restore_job WHERE state = ? ORDER BY id`)
    .all(state)
    .map(jobFrom);
}

/** Changes where an open job restores to, or its selection. @throws {E_NOT_FOUND} if it is not open */
export function changeRestoreJob(
  driver: SqlDriver,
  id: number,
  change: Partial<Pick<NewRestoreJob, "destination" | "selection">>,
  nowNs: bigint,
): void {
  const selection = change.selection === undefined ? null : JSON.stringify(change.selection);
  const { changes } = driver
    .prepare(
      `UPDATE restore_job SET destination = coalesce(?, destination),
         selection = coalesce(?, selection), updated_ns = ? WHERE id = ? AND state = 'open'`,
    )
    .run(change.destination ?? null, selection, nowNs, id);
  if (changes !== 1) throw notOpen(id);
}

/** Ends a job and forgets its packs. O(packs of the job). @throws {E_NOT_FOUND} if it is not open */
export function closeRestoreJob(
  driver: SqlDriver,
  id: number,
  state: Exclude<RestoreJobState, "open">,
  nowNs: bigint,
): void {
  driver.transaction(() => {
    const { changes } = driver
      .prepare("UPDATE restore_job SET state = ?, updated_ns = ? WHERE id = ? AND state = 'open'")
      .run(state, nowNs, id);
    if (changes !== 1) throw notOpen(id);
    driver.prepare("DELETE FROM restore_job_pack WHERE job = ?").run(id);
  });
}

/** A job's packs by destination and state. O(packs of the job). */
export function jobPackGroups(driver: SqlDriver, id: number): JobPackGroup[] {
  return driver
    .prepare(
      `SELECT j.destination AS destination, j.state AS state, count(*) AS packs,
         coalesce(sum(p.size), 0) AS bytes, ${nsColumn("min(j.ready_ns)", "first")},
         ${nsColumn("max(j.ready_ns)", "last")}
       FROM restore_job_pack j JOIN pack p ON p.id = j.pack WHERE j.job = ?
       GROUP BY 1, 2 ORDER BY 1, 2`,
    )
    .all(id)
    .map((row) => ({
      destination: row["destination"] === null ? null : Number(row["destination"]),
      state: row["state"] as JobPackState,
      packs: Number(row["packs"]),
      bytes: Number(row["bytes"]),
      firstReadyNs: nsOrNull(row["first"]),
      lastReadyNs: nsOrNull(row["last"]),
    }));
}

function notOpen(id: number): ColdstowError {
  return new ColdstowError("E_NOT_FOUND", `the archive has no open restore ${id}`);
}

function jobFrom(row: SqlRow): RestoreJob {
  return {
    id: Number(row["id"]),
    run: Number(row["run"]),
    destination: String(row["destination"]),
    selection: selectionFrom(String(row["selection"])),
    state: row["state"] as RestoreJobState,
    createdNs: nsFrom(row["created"]),
    updatedNs: nsFrom(row["updated"]),
  };
}

function selectionFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ColdstowError(
      "E_CORRUPT",
      "the catalogue is damaged: what a restore is about is not JSON",
      { cause: error },
    );
  }
}
