import { open } from "node:fs/promises";
import type { PackCopy } from "@coldstow/catalogue/journal";
import {
  ColdstowError,
  fromSystemError,
  isColdstowError,
  objectKey,
  type BodySource,
  type ObjectInfo,
} from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import { fileSource } from "../files/file-source.ts";
import { hex } from "../pack/member-line.ts";
import type { WrittenPack } from "../pack/pack-output.ts";
import type { PlannedOrder } from "./pack-order.ts";
import type { RunContext } from "./run-context.ts";

/**
 * Brings a written pack to every destination and checks what each says it holds. One that fails is
 * told and left for the next run to heal.
 * @returns the copies that were made
 * @throws what the first destination threw, if none has the pack
 */
export async function publishPack(
  context: RunContext,
  ordered: PlannedOrder,
  written: WrittenPack,
): Promise<PackCopy[]> {
  const { destinations } = context.archive;
  const key = objectKey(ordered.planned.key);
  const copies: PackCopy[] = [];
  ordered.mayBeSent = true;
  let path = ordered.order.target.path;
  let failure: unknown;
  const home = ordered.stagedAt === undefined ? undefined : destinations[ordered.stagedAt];
  if (home?.backend.staged !== undefined) {
    try {
      await makeDurable(path);
      const info = await home.backend.staged.publish(key, path, { ifAbsent: true });
      path = home.backend.staged.pathOf(key);
      copies.push(checkedCopy(home, info, written));
    } catch (error) {
      failure = error;
      if (destinations.length > 1) tellFailure(context, home.title, error);
    }
  }
  const digests = [{ algorithm: "sha256", hex: hex(written.sha256) }] as const;
  const source: BodySource = fileSource(path, written.sizeBytes, digests);
  const others = destinations.filter((one) => one !== home);
  const results = await Promise.allSettled(
    others.map(async (one) => {
      const options = { ifAbsent: true, ...(context.signal && { signal: context.signal }) };
      return checkedCopy(one, await one.backend.put(key, source, options), written);
    }),
  );
  for (const [index, result] of results.entries()) {
    if (result.status === "fulfilled") {
      copies.push(result.value);
    } else {
      failure ??= result.reason;
      tellFailure(context, others[index]?.title ?? "", result.reason);
    }
  }
  if (ordered.stagedAt === undefined) await context.spool.remove(path);
  else if (!copies.some((one) => one.destination === home?.id)) {
    await home?.backend.staged?.discard(ordered.order.target.path).catch(() => undefined);
  }
  if (copies.length === 0) throw failure;
  return copies;
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

/**
 * A copy counts once the store's own word about it agrees with what was written.
 * @throws {E_LENGTH | E_FIXITY}
 */
export function checkedCopy(
  destination: OpenDestination,
  info: ObjectInfo,
  written: Pick<WrittenPack, "sizeBytes" | "sha256">,
): PackCopy {
  if (info.sizeBytes !== written.sizeBytes) {
    throw new ColdstowError(
      "E_LENGTH",
      `${destination.title} holds ${info.sizeBytes} bytes of ${info.key}, not ${written.sizeBytes}. It does not count as a copy.`,
      { subject: info.key },
    );
  }
  const { digest } = info;
  if (digest?.algorithm === "sha256" && digest.hex !== hex(written.sha256)) {
    throw new ColdstowError(
      "E_FIXITY",
      `${destination.title} holds other bytes of ${info.key} than were sent. It does not count as a copy.`,
      { subject: info.key },
    );
  }
  return {
    destination: destination.id,
    remoteDigest: digest === undefined ? null : `${digest.algorithm}:${digest.hex}`,
  };
}

function tellFailure(context: RunContext, title: string, reason: unknown): void {
  const code = isColdstowError(reason) ? reason.code : undefined;
  const message = reason instanceof Error ? reason.message : String(reason);
  context.report.warning(
    `${title} did not take a pack: ${message} The next run tries again.`,
    code,
  );
}
