import type { PlannedPack } from "@coldstow/catalogue/journal";
import { objectKey } from "@coldstow/contracts";
import { nowNs } from "../archive/clock.ts";
import { packKey } from "../archive/object-keys.ts";
import type { PackOrder } from "../pack/pack-job.ts";
import type { RunContext } from "./run-context.ts";

/** A planned pack and where a worker writes it. */
export interface PlannedOrder {
  readonly planned: PlannedPack;
  readonly order: PackOrder;
  /** Index of the destination on whose file system it is written; undefined: in the spool. */
  readonly stagedAt: number | undefined;
  /** A destination may have bytes of it: the pack then stays planned until the next run has removed them. */
  mayBeSent: boolean;
}

/** Records the intent to write a pack, and makes room for it where it will lie. */
export async function orderPack(context: RunContext, zstd: boolean): Promise<PlannedOrder> {
  const { archiveId, journal, recipients } = context;
  const sealed = recipients.length > 0;
  const planned = await journal.planPack(nowNs(), (number) => ({
    key: packKey(journal.run, number, { zstd, sealed }),
    format: zstd ? "tar.zst" : "tar",
    sealed,
  }));
  const { path, stagedAt } = await placeFor(context, planned);
  const order = {
    packId: planned.id,
    archiveId,
    run: journal.run,
    number: planned.number,
    target: { path, recipients, zstd },
  };
  return {
    planned,
    order,
    stagedAt,
    mayBeSent: false,
  };
}

/** Where the pack is written: at the first destination that is this machine's and has room, else in the spool. */
async function placeFor(
  context: RunContext,
  planned: PlannedPack,
): Promise<{ readonly path: string; readonly stagedAt: number | undefined }> {
  const { destinations } = context.archive;
  for (const [stagedAt, { backend }] of destinations.entries()) {
    if (backend.staged === undefined) continue;
    try {
      return { path: await backend.staged.stage(objectKey(planned.key)), stagedAt };
    } catch (error) {
      // One that is out of order is told when it does not take the finished pack.
      if (destinations.length === 1) throw error;
    }
  }
  return { path: await context.spool.newPath(String(planned.number)), stagedAt: undefined };
}

/** Gives up a planned pack, and forgets it unless something of it may be at a destination. */
export async function dropOrder(context: RunContext, ordered: PlannedOrder): Promise<void> {
  const { path } = ordered.order.target;
  if (ordered.stagedAt === undefined) await context.spool.remove(path);
  else await context.archive.destinations[ordered.stagedAt]?.backend.staged?.discard(path);
  if (!ordered.mayBeSent) await context.journal.forgetPack(ordered.planned.id);
}
