import { type Catalogue, nsColumn, nsOrNull } from "@coldstow/catalogue";
import type { CopiesPolicy } from "./kept-policy.ts";
import { type Losses, losses } from "./place-loss.ts";

/** How far an archive keeps its policy, and what the loss of a place would mean. */
export interface CopiesReport extends Losses {
  readonly policy: CopiesPolicy;
  /** Packs that are to be kept: those that have a good copy anywhere, also where nothing is put any more. */
  readonly packs: number;
  /** Packs without a good copy anywhere. What they held is stored anew, in other packs, where it is still there. */
  readonly lostPacks: number;
  /** Of them, those on enough destinations. */
  readonly withCopies: number;
  /** Of them, those on enough kinds of storage. */
  readonly withKinds: number;
  /** Every pack has its copies and its kinds. */
  readonly met: boolean;
  /** Destinations in use. */
  readonly destinations: number;
  /** Kinds of storage among them. */
  readonly schemes: number;
  /** Packs of which no second good copy was ever verified. */
  readonly withoutVerifiedSecond: number;
  /** Since then two good copies of every pack were seen; undefined where one lacks its second. */
  readonly secondVerifiedSinceNs: bigint | undefined;
}

const hasCopy = "EXISTS (SELECT 1 FROM copy g WHERE g.pack = p.id AND g.state = 'stored')";
const stored = "p.state = 'stored' AND p.format <> 'pyarchiver'";
const kept = `${stored} AND ${hasCopy}`;
const inUse = "d.id = c.destination AND d.state = 'active'";

/**
 * Counts the good copies on destinations in use against the policy, from the catalogue alone: what
 * another tool's packs hold, and discs, are not counted as copies of packs.
 * O(copies) for the packs, and as {@link losses} for the files; memory does not grow with either.
 */
export async function copiesReport(
  catalogue: Catalogue,
  policy: CopiesPolicy,
): Promise<CopiesReport> {
  const { driver } = catalogue;
  const counts = driver
    .prepare(
      `SELECT count(*) AS packs, count(*) FILTER (WHERE copies >= ?1) AS enough,
         count(*) FILTER (WHERE kinds >= ?2) AS various
       FROM (SELECT count(d.id) AS copies, count(DISTINCT d.scheme) AS kinds
         FROM pack p LEFT JOIN copy c ON c.pack = p.id AND c.state = 'stored'
           LEFT JOIN destination d ON ${inUse}
         WHERE ${kept} GROUP BY p.id)`,
    )
    .get(policy.copies, policy.kinds);
  const lost = driver
    .prepare(`SELECT count(*) AS packs FROM pack p WHERE ${stored} AND NOT ${hasCopy}`)
    .get();
  const seconds = driver
    .prepare(
      `SELECT count(*) FILTER (WHERE second IS NULL) AS lacking, ${nsColumn("min(second)", "oldest")}
       FROM (SELECT (SELECT c.verified_ns FROM copy c JOIN destination d ON ${inUse}
           WHERE c.pack = p.id AND c.state = 'stored' AND c.verified_ns IS NOT NULL
           ORDER BY c.verified_ns DESC LIMIT 1 OFFSET 1) AS second
         FROM pack p WHERE ${kept})`,
    )
    .get();
  const active = (await catalogue.destinations()).filter(({ state }) => state === "active");
  const packs = Number(counts?.["packs"]);
  const withCopies = Number(counts?.["enough"]);
  const withKinds = Number(counts?.["various"]);
  const lacking = Number(seconds?.["lacking"]);
  const oldest = nsOrNull(seconds?.["oldest"]);
  return {
    policy,
    packs,
    lostPacks: Number(lost?.["packs"]),
    withCopies,
    withKinds,
    met: withCopies === packs && withKinds === packs,
    destinations: active.length,
    schemes: new Set(active.map(({ scheme }) => scheme)).size,
    withoutVerifiedSecond: lacking,
    secondVerifiedSinceNs: lacking > 0 || oldest === null ? undefined : oldest,
    ...(await losses(catalogue)),
  };
}
