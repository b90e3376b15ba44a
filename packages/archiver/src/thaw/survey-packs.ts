import type { JobPack, JobPackChange, NeededPack } from "@coldstow/catalogue";
import { chooseCopies, type ChoiceContext, type CopyChoice } from "./copy-choice.ts";
import { nsOfMs } from "./clock.ts";
import { changeFor } from "./request-packs.ts";
import type { ColdDestination } from "./cold-destination.ts";

const hourMs = 60 * 60 * 1000;

/** What looking at a page of packs showed, to be noted together. */
export interface SurveyedPage {
  /** Packs that the job does not have yet. */
  readonly added: readonly JobPackChange[];
  readonly changed: readonly JobPackChange[];
  /** Packs that were thawed, or were being thawed, and are frozen again. */
  readonly frozenAgain: ReadonlyMap<ColdDestination, number>;
}

/**
 * Looks where the packs of a page can be read. Nothing is noted for one that needs no thawing,
 * unless the job has it.
 * @param known what the job has of these packs
 * @param needs whether something of a pack is still to be read
 */
export async function surveyPage(
  context: ChoiceContext,
  packs: readonly NeededPack[],
  known: ReadonlyMap<number, JobPack>,
  needs: (pack: number) => Promise<boolean>,
  nowMs: number,
): Promise<SurveyedPage> {
  const added: JobPackChange[] = [];
  const changed: JobPackChange[] = [];
  const frozenAgain = new Map<ColdDestination, number>();
  const open: NeededPack[] = [];
  for (const pack of packs) {
    const row = known.get(pack.id);
    // Given up: no copy of it was good.
    if (row?.state === "done" && row.destination === null) continue;
    const isNeeded = await needs(pack.id);
    if (isNeeded && row?.state !== "fetched") open.push(pack);
    if (!isNeeded && row !== undefined && row.state !== "done") {
      changed.push({ pack: pack.id, state: "done" });
    }
  }
  const choices = await chooseCopies(context, open);
  for (const { id } of open) {
    const choice = choices.get(id);
    const row = known.get(id);
    const change = choice === undefined ? undefined : changeOf(id, choice, nowMs, row);
    if (change !== undefined) (row === undefined ? added : changed).push(change);
    const wasThawed = row?.state === "thawing" || row?.state === "ready";
    if (choice?.kind === "cold" && choice.state.state === "frozen" && wasThawed) {
      frozenAgain.set(choice.from, (frozenAgain.get(choice.from) ?? 0) + 1);
    }
  }
  return { added, changed, frozenAgain };
}

/** How a choice is noted; undefined where there is nothing to note. */
function changeOf(
  pack: number,
  choice: CopyChoice,
  nowMs: number,
  row: JobPack | undefined,
): JobPackChange | undefined {
  if (choice.kind === "cold") return coldChange(pack, choice.from, choice.state, nowMs, row);
  if (row === undefined) return undefined;
  return { pack, state: "done", ...(choice.kind === "warm" && { destination: choice.from.id }) };
}

/** How a pack is noted that is read from a cold destination in this state. */
export function coldChange(
  pack: number,
  from: ColdDestination,
  state: Extract<CopyChoice, { kind: "cold" }>["state"],
  nowMs: number,
  row?: JobPack,
): JobPackChange {
  const destination = from.destination.id;
  const [answered] = changeFor(pack, state);
  if (answered === undefined) return { pack, state: "planned", destination, readyNs: null };
  const isSame = row?.destination === destination && row.readyNs !== null;
  const guess = isSame ? {} : { readyNs: nsOfMs(nowMs + from.tier.hours * hourMs) };
  return answered.state === "ready"
    ? { ...answered, destination }
    : { ...guess, ...answered, destination };
}

/** Where packs can be read whose copy turned out to be no good, and those that no copy is left of. */
export interface OtherCopies extends Pick<SurveyedPage, "added" | "changed"> {
  readonly lost: readonly { readonly pack: number; readonly key: string }[];
}

/** Chooses another copy of each pack; of these there are few. */
export async function otherCopies(
  context: ChoiceContext,
  packs: readonly number[],
  known: ReadonlyMap<number, JobPack>,
  nowMs: number,
): Promise<OtherCopies> {
  const added: JobPackChange[] = [];
  const changed: JobPackChange[] = [];
  const lost: { pack: number; key: string }[] = [];
  for (const id of packs) {
    const pack = await context.archive.catalogue.pack(id);
    if (pack === undefined) continue;
    const wanted = { id, key: pack.key, objectBytes: pack.sizeBytes ?? 0 };
    const choice = (await chooseCopies(context, [wanted])).get(id);
    const row = known.get(id);
    if (choice === undefined || choice.kind === "none") {
      lost.push({ pack: id, key: pack.key });
      continue;
    }
    const change: JobPackChange =
      choice.kind === "cold"
        ? coldChange(id, choice.from, choice.state, nowMs, row)
        : { pack: id, state: "ready", destination: choice.from.id };
    (row === undefined ? added : changed).push(change);
  }
  return { added, changed, lost };
}
