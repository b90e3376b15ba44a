import type { SqlDriver, SqlRow } from "./driver.ts";
import { pageLimit, pageOf, type Page } from "./page.ts";
import { nsColumn, nsFrom, nsOrNull } from "./time-ns.ts";

export type RunState = "running" | "done" | "partial" | "interrupted" | "failed";

export interface Run {
  readonly id: number;
  /** "start", "resume", "update", "import", … */
  readonly kind: string;
  readonly state: RunState;
  readonly startedNs: bigint;
  readonly endedNs: bigint | null;
  /** What it counted: names to numbers. */
  readonly figures: Readonly<Record<string, number | string>>;
}

const columns = `id, kind, state, ${nsColumn("started_ns", "started")}, ${nsColumn("ended_ns", "ended")}, figures`;

/** Runs, oldest first, after an id. */
export function listRuns(
  driver: SqlDriver,
  options: { readonly after?: number; readonly limit?: number } = {},
): Page<Run, number> {
  const limit = pageLimit(options.limit);
  const rows = driver
    .prepare(`SELECT ${columns} FROM run WHERE id > ? ORDER BY id LIMIT ?`)
    .all(options.after ?? 0, limit + 1);
  return pageOf(rows.map(runFrom), limit, (last) => last.id);
}

export function getRun(driver: SqlDriver, id: number): Run | undefined {
  const row = driver.prepare(`SELECT ${columns} FROM run WHERE id = ?`).get(id);
  return row === undefined ? undefined : runFrom(row);
}

/** The newest run that came to its end, with or without failed items. */
export function latestFinishedRun(driver: SqlDriver): Run | undefined {
  const row = driver
    .prepare(
      `SELECT ${columns} FROM run WHERE state IN ('done', 'partial') ORDER BY id DESC LIMIT 1`,
    )
    .get();
  return row === undefined ? undefined : runFrom(row);
}

/** The id of the newest run in any state, 0 when there was none: "as things are now". */
export function newestRun(driver: SqlDriver): number {
  return Number(driver.prepare("SELECT coalesce(max(id), 0) AS id FROM run").get()?.["id"]);
}

function runFrom(row: SqlRow): Run {
  return {
    id: Number(row["id"]),
    kind: String(row["kind"]),
    state: row["state"] as RunState,
    startedNs: nsFrom(row["started"]),
    endedNs: nsOrNull(row["ended"]),
    figures: figuresFrom(String(row["figures"])),
  };
}

function figuresFrom(text: string): Record<string, number | string> {
  try {
    const value: unknown = JSON.parse(text);
    return Object.fromEntries(
      Object.entries(value ?? {}).filter(([, figure]) =>
        ["number", "string"].includes(typeof figure),
      ),
    ) as Record<string, number | string>;
  } catch {
    return {};
  }
}
