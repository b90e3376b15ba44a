import type { ThawChoices } from "./thaw-choices.ts";

/** What a waiting restore is about, as `restore_job.selection` keeps it (docs/formats/catalogue.md). */
export interface JobFacts {
  /** The paths and patterns asked for, sorted; null for everything. */
  readonly paths: readonly string[] | null;
  /** The run asked for; null for the newest one when the job was opened. */
  readonly run: number | null;
  readonly tier?: string;
  readonly days?: number;
  /** Bytes a second that were fetched, by the destination's name. */
  readonly bandwidth?: Readonly<Record<string, number>>;
}

/** The facts of a new job. */
export function factsOf(select: readonly string[] | undefined, run: number | undefined): JobFacts {
  const paths = [...new Set(select)].toSorted();
  return { paths: paths.length === 0 ? null : paths, run: run ?? null };
}

/** The facts with what a command says anew of how packs are asked for. */
export function withChoices(
  facts: JobFacts,
  { tier, days }: Pick<ThawChoices, "tier" | "days">,
): JobFacts {
  return { ...facts, ...(tier !== undefined && { tier }), ...(days !== undefined && { days }) };
}

/** True where both are about the same paths of the same run. */
export function isSameSelection(a: JobFacts, b: JobFacts): boolean {
  return JSON.stringify([a.paths, a.run]) === JSON.stringify([b.paths, b.run]);
}

/** The facts that a catalogue keeps; what has another shape is left out, so that it fits no request. */
export function readFacts(kept: unknown): JobFacts | undefined {
  if (typeof kept !== "object" || kept === null) return undefined;
  const { paths, run, tier, days, bandwidth } = kept as Readonly<Record<string, unknown>>;
  const isList = Array.isArray(paths) && paths.every((path) => typeof path === "string");
  if ((!isList && paths !== null) || (typeof run !== "number" && run !== null)) return undefined;
  return {
    paths: isList ? paths : null,
    run,
    ...(typeof tier === "string" && { tier }),
    ...(typeof days === "number" && days > 0 && { days }),
    bandwidth: readRates(bandwidth),
  };
}

function readRates(kept: unknown): Record<string, number> {
  const pairs: [string, unknown][] = Object.entries(kept ?? {});
  return Object.fromEntries(
    pairs.filter(
      (pair): pair is [string, number] => Number.isFinite(pair[1]) && Number(pair[1]) > 0,
    ),
  );
}
