import { open } from "node:fs/promises";
import { fromSystemError, objectKey } from "@coldstow/contracts";
import { fileSource } from "../files/file-source.ts";
import { hex } from "../pack/member-line.ts";
import { Arrivals } from "./arrivals.ts";
import type { Lane } from "./lane.ts";
import { FileBody, type ObjectFacts } from "./pack-body.ts";
import type { PlannedOrder } from "./pack-order.ts";
import type { RunContext } from "./run-context.ts";
import { checkTold } from "./store-object.ts";
import type { ProvenCopy } from "./uploads.ts";

/** Commits a pack with the copies that are proven so far. */
export type CommitPack = (copies: readonly ProvenCopy[]) => Promise<void>;

/**
 * Brings a written pack to every destination, and commits it as soon as one is proven to have it. The
 * other copies are noted when they arrive, so that a slow or a dying destination delays nothing's safety
 * at a fast one: from a destination that is this machine's the catch-up takes them, from the spool they
 * are sent at once.
 *
 * One that fails is told and left for the next run. The file in the spool is removed, and its room given
 * back, once no upload needs it.
 * @throws what the first destination threw, if none has the pack; what `commit` throws
 */
export async function publishPack(
  context: RunContext,
  ordered: PlannedOrder,
  written: ObjectFacts,
  commit: CommitPack,
): Promise<void> {
  const { catchUp, uploads } = context;
  ordered.mayBeSent = true;
  ordered.room?.written(written.sizeBytes);
  const home = ordered.stagedAt === undefined ? undefined : uploads.lanes[ordered.stagedAt];
  let failure: unknown;
  if (home !== undefined) {
    let copy: ProvenCopy | undefined;
    try {
      copy = await publishStaged(home, ordered, written);
    } catch (error) {
      if (uploads.lanes.length === 1) throw error;
      failure = error;
      home.gate.tellFailure("did not take a pack", error, "The next run tries again.");
    }
    if (copy !== undefined) {
      await commitProven(context, ordered, [copy], commit);
      catchUp.add(ordered.planned.id, home);
      return;
    }
  }
  const arrivals = new Arrivals(uploads, ordered.planned.id);
  const lanes = uploads.lanes.filter((lane) => lane !== home);
  await sendToFirst(context, ordered, written, { lanes, arrivals, failure });
  await arrivals.commit(async (copies) => commitProven(context, ordered, copies, commit));
}

async function commitProven(
  { uploads }: RunContext,
  { planned }: PlannedOrder,
  copies: readonly ProvenCopy[],
  commit: CommitPack,
): Promise<void> {
  await commit(copies);
  // The pack is committed; how well it is proven is looked at again by verify.
  for (const copy of copies) await uploads.noteProof(planned.id, copy).catch(() => undefined);
}

/** Makes the file that a worker has written at a destination of this machine its object. */
async function publishStaged(
  { destination, gate }: Lane,
  { planned, order }: PlannedOrder,
  written: ObjectFacts,
): Promise<ProvenCopy> {
  const { path } = order.target;
  const key = objectKey(planned.key);
  return gate.use(async () => {
    await makeDurable(path);
    const info = await destination.backend.staged?.publish(key, path, { ifAbsent: true });
    const digests = [{ algorithm: "sha256", hex: hex(written.sha256) }] as const;
    const source = fileSource(path, written.sizeBytes, digests);
    const told = info === undefined ? undefined : checkTold(destination, info, source);
    return {
      destination: destination.id,
      remoteDigest: told?.remoteDigest ?? null,
      proof: "written",
    };
  });
}

interface Sending {
  readonly lanes: readonly Lane[];
  readonly arrivals: Arrivals;
  /** Why the destination at which the file lies does not have it. */
  readonly failure: unknown;
}

/** Sends the file to all lanes at once and resolves with the first that has it; the rest goes on behind. */
async function sendToFirst(
  context: RunContext,
  ordered: PlannedOrder,
  written: ObjectFacts,
  { lanes, arrivals, failure }: Sending,
): Promise<void> {
  const { uploads } = context;
  const body = new FileBody(ordered.order.target.path, written);
  const { key } = ordered.planned;
  const first = Promise.withResolvers<void>();
  let reason = failure;
  const sendTo = async (lane: Lane): Promise<void> => {
    try {
      const send = async (): ReturnType<FileBody["for"]> => body.for(lane.destination);
      const noted = arrivals.take(await uploads.send(lane, key, send, { ifAbsent: true }));
      first.resolve();
      await noted;
    } catch (error) {
      reason ??= error;
      if (uploads.lanes.length === 1) return;
      lane.gate.tellFailure("did not take a pack", error, "The next run tries again.");
    }
  };
  const sendToAll = async (): Promise<void> => {
    await Promise.all(lanes.map(sendTo));
    await dropFile(context, ordered).catch(() => undefined);
    // Nothing happens where one has it: the promise is settled already.
    first.reject(reason);
  };
  uploads.later(sendToAll());
  await first.promise;
}

/** Removes the file that was sent, and gives its room back. */
export async function dropFile(
  { archive, spool }: Pick<RunContext, "archive" | "spool">,
  { order, room, stagedAt }: PlannedOrder,
): Promise<void> {
  const { path } = order.target;
  try {
    if (stagedAt === undefined) await spool.remove(path);
    else await archive.destinations[stagedAt]?.backend.staged?.discard(path);
  } finally {
    room?.release();
  }
}

async function makeDurable(path: string): Promise<void> {
  try {
    const file = await open(path, "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fromSystemError(error, "Making a pack durable", path);
  }
}
