import type { SqlDriver, SqlRow } from "./driver.ts";
import { pageLimit, pageOf, type Page } from "./page.ts";
import { nsColumn, nsOrNull } from "./time-ns.ts";

/** Where a frozen pack is on its way (docs/formats/catalogue.md, "restore_job_pack"). */
export type JobPackState = "planned" | "requested" | "thawing" | "ready" | "fetched" | "done";

/** How a pack of a job is to be noted; what is left out stays as it is. */
export interface JobPackChange {
  readonly pack: number;
  readonly state: JobPackState;
  /** Where it is fetched from; null where no destination has a good copy. */
  readonly destination?: number | null;
  readonly readyNs?: bigint | null;
}

/** A pack of a job. */
export interface JobPack {
  readonly pack: number;
  /** The object key. */
  readonly key: string;
  /** Of the object. */
  readonly sizeBytes: number;
  readonly destination: number | null;
  readonly state: JobPackState;
  readonly readyNs: bigint | null;
}

export interface JobPackOptions {
  readonly states?: readonly JobPackState[];
  /** Only these packs. */
  readonly packs?: readonly number[];
  /** The last pack that is known already. */
  readonly after?: number;
  readonly limit?: number;
}

/** Adds packs to a job; one that it has stays as it is. All or nothing. */
export function addJobPacks(driver: SqlDriver, job: number, added: readonly JobPackChange[]): void {
  const insert = driver.prepare(
    `INSERT OR IGNORE INTO restore_job_pack (job, pack, destination, state, ready_ns)
     VALUES (?, ?, ?, ?, ?)`,
  );
  driver.transaction(() => {
    for (const { pack, destination, state, readyNs } of added) {
      insert.run(job, pack, destination ?? null, state, readyNs ?? null);
    }
  });
}

/** Notes new states of packs that a job has. All or nothing. */
export function changeJobPacks(
  driver: SqlDriver,
  job: number,
  changes: readonly JobPackChange[],
): void {
  const update = driver.prepare(
    `UPDATE restore_job_pack SET state = ?3, destination = CASE ?4 WHEN 1 THEN ?5 ELSE destination END,
       ready_ns = CASE ?6 WHEN 1 THEN CAST(?7 AS INTEGER) ELSE ready_ns END WHERE job = ?1 AND pack = ?2`,
  );
  driver.transaction(() => {
    for (const { pack, state, destination, readyNs } of changes) {
      const [moves, at] = destination === undefined ? [0, null] : [1, destination];
      const [timed, time] = readyNs === undefined ? [0, null] : [1, readyNs];
      update.run(job, pack, state, moves, at, timed, time);
    }
  });
}

/** A job's packs, in the order in which they were written. */
export function listJobPacks(
  driver: SqlDriver,
  job: number,
  options: JobPackOptions = {},
): Page<JobPack, number> {
  const limit = pageLimit(options.limit);
  const rows = driver
    .prepare(
      `SELECT j.pack AS pack, p.key AS key, coalesce(p.size, 0) AS size, j.destination AS destination,
         j.state AS state, ${nsColumn("j.ready_ns", "ready")}
       FROM restore_job_pack j JOIN pack p ON p.id = j.pack
       WHERE j.job = ?1 AND j.pack > ?2 AND ?4 IS ?4 AND ?5 IS ?5
         ${only("j.state", "?4", options.states)} ${only("j.pack", "?5", options.packs)}
       ORDER BY j.pack LIMIT ?3`,
    )
    .all(
      job,
      options.after ?? 0,
      limit + 1,
      JSON.stringify(options.states ?? []),
      JSON.stringify(options.packs ?? []),
    );
  return pageOf(rows.map(packFrom), limit, (last) => last.pack);
}

function only(column: string, parameter: string, list: readonly unknown[] | undefined): string {
  return list === undefined ? "" : `AND ${column} IN (SELECT value FROM json_each(${parameter}))`;
}

function packFrom(row: SqlRow): JobPack {
  return {
    pack: Number(row["pack"]),
    key: String(row["key"]),
    sizeBytes: Number(row["size"]),
    destination: row["destination"] === null ? null : Number(row["destination"]),
    state: row["state"] as JobPackState,
    readyNs: nsOrNull(row["ready"]),
  };
}
