import { resolve } from "node:path";
import type { Catalogue, Selection } from "@coldstow/catalogue";
import { fromSystemError, type ProgressSink } from "@coldstow/contracts";
import type { Archive, OpenDestination } from "../archive/archive.ts";
import type { BackendAccess } from "../archive/backend-access.ts";
import { keptSettings } from "../archive/open-archive.ts";
import {
  closeDestinations,
  hintOf,
  openDestinations,
  type OpenDestinations,
  requireDestinations,
} from "../archive/open-destinations.ts";
import { lostSecrets } from "../archive/lost-secrets.ts";
import { readFrom } from "../archive/restore-archive.ts";
import { PackPieces } from "../restore/pack-pieces.ts";
import type { ArchiveSettings } from "../settings/archive-settings.ts";
import { SafeTree } from "../restore/safe-tree.ts";
import { SlicedFiles } from "../restore/sliced-files.ts";
import { Spool } from "../run/spool.ts";
import { JobNotes } from "./job-notes.ts";
import type { ThawChoices } from "./thaw-choices.ts";
import { ThawJob } from "./thaw-job.ts";
import type { ThawPlanPart } from "./thaw-plan.ts";

export interface PlanThawOptions {
  readonly path: string;
  /** Empty where nothing is restored. */
  readonly destination: string;
  readonly select?: readonly string[] | undefined;
  readonly run?: number | undefined;
  readonly from?: string | undefined;
  readonly onExisting?: "keep" | "overwrite";
  readonly thaw: ThawChoices;
  readonly backends: BackendAccess;
  readonly progress: ProgressSink;
  readonly signal?: AbortSignal;
}

/**
 * What would be asked for at cold destinations, by a copy of the catalogue. Only states are asked; an
 * archive all of whose destinations are folders of this machine is not asked anything.
 * @param catalogue a copy that may be written
 * @throws {E_USAGE} if no destination has the tier
 * @throws {E_NOT_FOUND} if there is no destination of that name
 * @throws what the destination threw that is the only one to be asked
 */
export async function planThaw(
  catalogue: Catalogue,
  selection: Selection,
  options: PlanThawOptions,
): Promise<readonly ThawPlanPart[]> {
  const { path, backends } = options;
  const { settings, configText } = await keptSettings(path, catalogue, backends);
  requireDestinations(settings, options.from === undefined ? [] : [options.from]);
  if (settings.destinations.every(({ scheme }) => scheme === "local")) return [];
  const opened = await openAll(settings, configText, options);
  try {
    if (opened.length === 0) return [];
    const ids = new Map((await catalogue.destinations()).map(({ name, id }) => [name, id]));
    const destinations = opened.flatMap((one): OpenDestination[] => {
      const id = ids.get(one.name);
      return id === undefined ? [] : [{ ...one, id }];
    });
    const archive = readFrom({ path, catalogue, settings, destinations }, options.from);
    return await planParts(archive, selection, options);
  } finally {
    await closeDestinations(opened);
  }
}

/** None where none can be opened: the plan then says nothing of thawing. */
async function openAll(
  settings: ArchiveSettings,
  configText: string,
  options: PlanThawOptions,
): Promise<OpenDestinations["opened"]> {
  try {
    const found = await openDestinations(settings, {
      ...options,
      ...(options.from !== undefined && { needed: [options.from] }),
      lostSecrets: (destination) => lostSecrets(configText, destination),
    });
    return found.opened;
  } catch (error) {
    const known = fromSystemError(error, "Opening the destinations");
    const { code } = known;
    if (code === "E_CANCELLED" || options.from !== undefined) throw error;
    const told = `${known.message.replace(/\.?$/, ".")} So it is not known what would have to be thawed.${hintOf(known)}`;
    options.progress({ type: "warning", code, message: told });
    return [];
  }
}

async function planParts(
  archive: Archive,
  selection: Selection,
  options: PlanThawOptions,
): Promise<readonly ThawPlanPart[]> {
  const { progress, run, select, signal, thaw: choices } = options;
  const { catalogue } = archive;
  const isRestore = options.destination !== "";
  const root = isRestore ? resolve(options.destination) : "";
  const notes = new JobNotes(archive.path, async () => catalogue);
  const request = { destination: root, select, run };
  const thaw = await ThawJob.open({ archive, notes, request, choices, progress, signal });
  if (thaw === undefined) return [];
  const pieces = isRestore ? await piecesAt(archive, selection, root, options) : undefined;
  await thaw.survey(
    run ?? (await catalogue.newestRun()),
    (after, limit) => selection.neededPacks({ limit, ...(after !== undefined && { after }) }),
    async (pack) => (pieces === undefined ? true : pieces.needs(pack)),
  );
  return thaw.plan();
}

/** What is wanted at a folder, which is only looked at. */
async function piecesAt(
  archive: Archive,
  selection: Selection,
  root: string,
  { onExisting, progress }: PlanThawOptions,
): Promise<PackPieces> {
  const tree = await SafeTree.at(root, onExisting ?? "keep");
  const parts = {
    archive,
    options: { destination: root, identities: [], progress },
    selection,
    spool: new Spool(root),
    tree,
    fresh: false,
    thaw: undefined,
    kept: () => undefined,
    tell: () => undefined,
  };
  return new PackPieces(parts, new SlicedFiles(tree, selection));
}
