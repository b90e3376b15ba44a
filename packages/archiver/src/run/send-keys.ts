import { bytesSource, recoveryNoteKey } from "@coldstow/contracts";
import { identityKey } from "../archive/object-keys.ts";
import { recoveryNote } from "../recover/recovery-note.ts";
import type { RunContext } from "./run-context.ts";

/** Puts the recovery note and the wrapped identity beside the packs of every destination that lacks them. */
export async function sendKeys(context: RunContext): Promise<void> {
  const { archive } = context;
  const name = (await archive.catalogue.meta("name")) ?? "";
  const identity = await archive.catalogue.meta("identity");
  const note = Buffer.from(recoveryNote({ name, sealed: context.recipients.length > 0 }));
  for (const { backend, title } of archive.destinations) {
    try {
      const known = await backend.stat(recoveryNoteKey);
      if (known?.sizeBytes !== note.length) await backend.put(recoveryNoteKey, bytesSource(note));
      if (identity !== undefined && (await backend.stat(identityKey)) === undefined) {
        await backend.put(identityKey, bytesSource(identity));
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      context.report.warning(`${title} did not take the recovery note or identity.age: ${reason}`);
    }
  }
}
