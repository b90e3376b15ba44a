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
}

/** Records the intent to write a pack, and makes room for it where it will lie. */
export async function orderPack(context: RunContext, zstd: boolean): Promise<PlannedOrder> {
  const { archive, archiveId, journal, recipients, spool } = context;
  const sealed = recipients.length > 0;
  const planned = await journal.planPack(nowNs(), (number) => ({
    key: packKey(journal.run, number, { zstd, sealed }),
    format: zstd ? "tar.zst" : "tar",
    sealed,
  }));
  const stagedAt = archive.destinations.findIndex((one) => one.backend.staged !== undefined);
  const staged = archive.destinations[stagedAt]?.backend.staged;
  const path =
    staged === undefined
      ? await spool.newPath(String(planned.number))
      : await staged.stage(objectKey(planned.key));
  const order = {
    packId: planned.id,
    archiveId,
    run: journal.run,
    number: planned.number,
    target: { path, recipients, zstd },
  };
  return { planned, order, stagedAt: staged === undefined ? undefined : stagedAt };
}

/** Gives up a planned pack of which nothing was published. */
export async function dropOrder(context: RunContext, ordered: PlannedOrder): Promise<void> {
  const { path } = ordered.order.target;
  if (ordered.stagedAt === undefined) await context.spool.remove(path);
  else await context.archive.destinations[ordered.stagedAt]?.backend.staged?.discard(path);
  await context.journal.forgetPack(ordered.planned.id);
}
