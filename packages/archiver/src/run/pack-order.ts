import type { PlannedPack } from "@coldstow/catalogue/journal";
import { objectKey } from "@coldstow/contracts";
import { nowNs } from "../archive/clock.ts";
import { packKey } from "../archive/object-keys.ts";
import type { PackOrder } from "../pack/pack-job.ts";
import { dropFile } from "./publish-pack.ts";
import type { RunContext } from "./run-context.ts";
import type { Reservation } from "./spool-room.ts";

/** A planned pack and where a worker writes it. */
export interface PlannedOrder {
  readonly planned: PlannedPack;
  readonly order: PackOrder;
  /** Index of the destination on whose file system it is written; undefined: in the spool. */
  readonly stagedAt: number | undefined;
  /** What is kept for it in the spool. */
  readonly room: Reservation | undefined;
  /** A destination may have bytes of it: the pack then stays planned until the next run has removed them. */
  mayBeSent: boolean;
}

/**
 * Records the intent to write a pack, and makes room for it where it will lie; in the spool it waits until
 * there is some.
 * @throws {E_NO_SPACE | E_CANCELLED}
 */
export async function orderPack(
  context: RunContext,
  zstd: boolean,
  signal: AbortSignal | undefined = context.signal,
): Promise<PlannedOrder> {
  const { archiveId, journal, recipients } = context;
  const sealed = recipients.length > 0;
  const planned = await journal.planPack(nowNs(), (number) => ({
    key: packKey(journal.run, number, { zstd, sealed }),
    format: zstd ? "tar.zst" : "tar",
    sealed,
  }));
  try {
    const { path, stagedAt, room } = await placeFor(context, planned, signal);
    const target = { path, recipients, zstd };
    const { id: packId, number } = planned;
    const order = { packId, archiveId, run: journal.run, number, target };
    return { planned, order, stagedAt, room, mayBeSent: false };
  } catch (error) {
    await journal.forgetPack(planned.id);
    throw error;
  }
}

type Place = Pick<PlannedOrder, "stagedAt" | "room"> & { readonly path: string };

/** Where the pack is written: at the first destination that is this machine's and has room, else in the spool. */
async function placeFor(
  context: RunContext,
  planned: PlannedPack,
  signal: AbortSignal | undefined,
): Promise<Place> {
  const { archive, spool, uploads } = context;
  for (const [stagedAt, { destination, gate }] of uploads.lanes.entries()) {
    const { staged } = destination.backend;
    if (staged === undefined || gate.isShut) continue;
    try {
      const path = await gate.use(async () => staged.stage(objectKey(planned.key)));
      return { path, stagedAt, room: undefined };
    } catch (error) {
      if (uploads.lanes.length === 1) throw error;
      gate.tellFailure("has no room for a pack", error, "The next run tries again.");
    }
  }
  const room = await spool.reserve(archive.settings.packSizeBytes, signal);
  try {
    return { path: await spool.newPath(String(planned.number)), stagedAt: undefined, room };
  } catch (error) {
    room.release();
    throw error;
  }
}

/** True while packs are written where they will lie, and need no room of the spool. */
export function hasHome({ uploads }: Pick<RunContext, "uploads">): boolean {
  return uploads.lanes.some(
    ({ destination, gate }) => destination.backend.staged !== undefined && !gate.isShut,
  );
}

/** Gives up a planned pack, and forgets it unless something of it may be at a destination. */
export async function dropOrder(context: RunContext, ordered: PlannedOrder): Promise<void> {
  await dropFile(context, ordered);
  if (!ordered.mayBeSent) await context.journal.forgetPack(ordered.planned.id);
}
