import { randomUUID } from "node:crypto";
import type { ManifestHeader } from "../manifest/index.ts";
import { asPack, type PackObject, type RecoverySource } from "./source-object.ts";
import { surveyPack } from "./survey-pack.ts";

/** A pack with its place in the order of time. */
export interface PlacedPack {
  readonly pack: PackObject;
  /** Other objects with the same key: copies of it. */
  readonly others: readonly PackObject[];
  readonly run: number;
  readonly number: number;
}

/** Packs of one archive in the order of their keys. */
export interface PackList {
  readonly archiveId: string;
  readonly packs: readonly PlacedPack[];
}

export interface ListOptions {
  readonly identities: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** Something else was opened with the keys already, so that they cannot be the wrong ones. */
  readonly areKeysProven: boolean;
  /** Told of a pack that could not be opened at all. */
  readonly onUnreadable: (pack: PackObject, error: unknown) => void;
}

/**
 * Every pack of a source, in the order in which they were written. A name that is no key tells nothing
 * of time, so such a pack is read to its manifest; one without a manifest comes last.
 * Memory: a few hundred bytes a pack.
 * @throws what the first pack threw, if none can be opened and the keys may be the wrong ones
 */
export async function listPacks(source: RecoverySource, options: ListOptions): Promise<PackList> {
  const byKey = new Map<string, PackObject[]>();
  for await (const object of source.list()) {
    const pack = asPack(object);
    if (pack === undefined) continue;
    const same = byKey.get(pack.key);
    if (same === undefined) byKey.set(pack.key, [pack]);
    else same.push(pack);
  }
  const placed: PlacedPack[] = [];
  let archiveId: string | undefined;
  let failure: unknown;
  let opened = 0;
  const groups = [...byKey.values()].toSorted(([a], [b]) => compareText(a?.key, b?.key));
  for (const [pack, ...others] of groups) {
    if (pack === undefined) continue;
    let header: ManifestHeader | undefined;
    if (archiveId === undefined || pack.place === undefined) {
      try {
        header = await headerOf(pack, options);
        archiveId ??= header?.archive;
        opened += 1;
      } catch (error) {
        failure ??= error;
        options.onUnreadable(pack, error);
        continue;
      }
    }
    const run = pack.place?.run ?? header?.run ?? unknownRun;
    const number = pack.place?.number ?? header?.pack ?? groups.length + placed.length;
    placed.push({ pack, others, run, number });
  }
  if (opened === 0 && failure !== undefined && !options.areKeysProven) throw failure;
  const known = placed.filter(({ run }) => run !== unknownRun);
  const last = Math.max(1, ...known.map(({ run }) => run));
  const packs = placed

    .map(({ pack, others, run, number }): PlacedPack => {
      const place = { pack, others, number };
      return Object.assign(place, { run: run === unknownRun ? last : run });
    })
    .toSorted(
      (a, b) => a.run - b.run || a.number - b.number || compareText(a.pack.key, b.pack.key),
    );
  return { archiveId: archiveId ?? randomUUID(), packs };
}

/** Of a pack without a manifest: it counts as the last. */
const unknownRun: number = Number.MAX_SAFE_INTEGER;

function compareText(a = "", b = ""): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function headerOf(
  pack: PackObject,
  { identities, signal }: ListOptions,
): Promise<ManifestHeader | undefined> {
  const survey = await surveyPack(pack, { identities, signal, accepts: () => true });
  return survey.header;
}

/** Numbers that are missing in each run: packs that are not there, if they were ever finished. */
export function missingNumbers(packs: readonly PlacedPack[]): { run: number; number: number }[] {
  const missing: { run: number; number: number }[] = [];
  const last = new Map<number, number>();
  for (const { run, number } of packs) {
    const before = last.get(run) ?? 0;
    last.set(run, number);
    for (let gap = before + 1; gap < number && missing.length < mostMissing; gap += 1) {
      missing.push({ run, number: gap });
    }
  }
  return missing;
}

const mostMissing = 1000;
