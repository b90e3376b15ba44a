import { createHash } from "node:crypto";
import {
  bytesSource,
  ColdstowError,
  describeError,
  isColdstowError,
  recoveryNoteKey,
  type BodySource,
  type ObjectInfo,
  type ObjectKey,
} from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import { identityKey } from "../archive/object-keys.ts";
import { recoveryNote } from "../recover/recovery-note.ts";
import type { RunContext } from "./run-context.ts";
import { proveObject } from "./store-object.ts";

/**
 * Puts the recovery note and the wrapped identity beside the packs of every destination that lacks them,
 * and proves that they are there. All destinations at once.
 * @throws {E_EXISTS} if a destination is another archive's
 * @throws what the only destination refuses them with, where trying again does not help
 */
export async function sendKeys(context: RunContext): Promise<void> {
  const { archive, uploads } = context;
  const name = (await archive.catalogue.meta("name")) ?? "";
  const identity = await archive.catalogue.meta("identity");
  const note = Buffer.from(recoveryNote({ name, sealed: context.recipients.length > 0 }));
  const ends = await Promise.allSettled(
    uploads.lanes.map(async ({ destination, gate }) => {
      if (gate.isShut) return;
      const { backend } = destination;
      try {
        await gate.use(async () => {
          const known = await backend.stat(recoveryNoteKey);
          if (known?.sizeBytes !== note.length) {
            await sendSmall(context, destination, recoveryNoteKey, note);
          }
          if (identity === undefined) return;
          const there = await backend.stat(identityKey);
          if (there === undefined) await sendSmall(context, destination, identityKey, identity);
          else if (await isNew(context, destination)) {
            await refuseForeign(destination, there, identity);
          }
        });
      } catch (error) {
        const { code, retry } = describeError(error);
        // With one place that refuses for good, there is nothing to go on with.
        const isEnd = uploads.lanes.length === 1 && retry === "never";
        if (code === "E_EXISTS" || isEnd) throw error;
        gate.tellFailure("did not take the recovery note or identity.age", error, "");
      }
    }),
  );
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Whether nothing of the archive is known to lie there: another archive might. */
async function isNew({ archive }: RunContext, { id }: OpenDestination): Promise<boolean> {
  const { rows } = await archive.catalogue.copiesOnDestination(id, { state: "stored", limit: 1 });
  return rows.length === 0;
}

async function sendSmall(
  { archive, signal }: RunContext,
  destination: OpenDestination,
  key: ObjectKey,
  bytes: Uint8Array,
): Promise<void> {
  const source = sourceOf(bytes);
  const info = await destination.backend.put(key, source, signal === undefined ? {} : { signal });
  if (destination.backend.staged !== undefined) return;
  await proveObject(destination, info, source, { readBack: archive.settings.readBack, signal });
}

function sourceOf(bytes: Uint8Array): BodySource {
  const digests = (["sha256", "md5"] as const).map((algorithm) => ({
    algorithm,
    hex: createHash(algorithm).update(bytes).digest("hex"),
  }));
  return bytesSource(bytes, digests);
}

/**
 * Two archives in one place would need two keys under one name: whoever restores could not tell them
 * apart. Where the identity there is frozen and its store tells no digest, it is taken for ours: a start
 * refuses any identity that is there before it makes an archive.
 */
async function refuseForeign(
  destination: OpenDestination,
  there: ObjectInfo,
  identity: Uint8Array,
): Promise<void> {
  try {
    const how = { readBack: true, signal: undefined };
    await proveObject(destination, there, sourceOf(identity), how);
    return;
  } catch (error) {
    const { code } = isColdstowError(error) ? error : { code: undefined };
    if (code !== "E_FIXITY" && code !== "E_LENGTH") throw error;
  }
  const { title } = destination;
  throw new ColdstowError(
    "E_EXISTS",
    `${title} holds another archive already: its identity.age is not this archive's. Nothing was stored there.`,
    {
      subject: title,
      hint: "Give this archive a folder of its own; to go on with the other one, use its .archive file or coldstow recover.",
    },
  );
}
