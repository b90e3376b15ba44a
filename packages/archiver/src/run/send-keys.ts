import {
  bytesSource,
  ColdstowError,
  isColdstowError,
  recoveryNoteKey,
  type StorageBackend,
} from "@coldstow/contracts";
import { identityKey } from "../archive/object-keys.ts";
import { recoveryNote } from "../recover/recovery-note.ts";
import type { RunContext } from "./run-context.ts";

/**
 * Puts the recovery note and the wrapped identity beside the packs of every destination that lacks them.
 * @throws {E_EXISTS} if a destination is another archive's
 */
export async function sendKeys(context: RunContext): Promise<void> {
  const { archive } = context;
  const name = (await archive.catalogue.meta("name")) ?? "";
  const identity = await archive.catalogue.meta("identity");
  const note = Buffer.from(recoveryNote({ name, sealed: context.recipients.length > 0 }));
  for (const { backend, title } of archive.destinations) {
    try {
      const known = await backend.stat(recoveryNoteKey);
      if (known?.sizeBytes !== note.length) await backend.put(recoveryNoteKey, bytesSource(note));
      if (identity === undefined) continue;
      if ((await backend.stat(identityKey)) === undefined) {
        await backend.put(identityKey, bytesSource(identity));
      } else if (context.journal.run === 1) {
        await refuseForeign(backend, title, identity);
      }
    } catch (error) {
      if (isColdstowError(error) && error.code === "E_EXISTS") throw error;
      const reason = error instanceof Error ? error.message : String(error);
      context.report.warning(`${title} did not take the recovery note or identity.age: ${reason}`);
    }
  }
}

/** Two archives in one place would need two keys under one name: whoever restores could not tell them apart. */
async function refuseForeign(
  backend: StorageBackend,
  title: string,
  identity: Uint8Array,
): Promise<void> {
  const pieces: Uint8Array[] = [];
  for await (const piece of backend.get(identityKey)) pieces.push(piece.slice());
  if (Buffer.concat(pieces).equals(identity)) return;
  throw new ColdstowError(
    "E_EXISTS",
    `${title} holds another archive already: its identity.age is not this archive's. Nothing was stored there.`,
    {
      subject: title,
      hint: "Give this archive a folder of its own; to go on with the other one, use its .archive file or coldstow recover.",
    },
  );
}
