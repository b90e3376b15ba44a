import type { ShellCommand } from "./measured-run.ts";

/** The jobs, in the order in which they run: each needs what those before it made. */
export const jobs = ["first run", "no-change run", "restore", "verify"] as const;

/** One of the jobs. */
export type Job = (typeof jobs)[number];

/** The folders of one contender in one round. */
export interface Places {
  /** The corpus; only read. */
  source: string;
  /** For whatever the contender needs; emptied before the round. */
  work: string;
  /** Where the copy is kept. */
  store: string;
  /** Where a restore goes; does not exist. */
  restored: string;
}

/** A program to measure, or a floor: what the machine does without keeping any promise. */
export interface Contender {
  name: string;
  /** Undefined when all is there; else what is missing. */
  missing: () => string | undefined;
  /** What is not measured: settings, keys. */
  prepare?: (places: Places) => void;
  /** Where the corpus lies after a restore; `restored` itself unless told. */
  restoredRoot?: (places: Places) => string;
  /** Undefined for a job that it does not have. */
  command: (job: Job, places: Places) => ShellCommand | undefined;
}
