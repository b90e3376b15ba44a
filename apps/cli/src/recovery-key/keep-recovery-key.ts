import { rm } from "node:fs/promises";
import { displayPath } from "@coldstow/contracts";
import { type IdentityPair, paperKey } from "@coldstow/crypto";
import { tell } from "../output.ts";
import { recoveryKeyText, writeRecoveryKey } from "./recovery-key-file.ts";
import type { RecoveryKeyPlace } from "./recovery-key-place.ts";

const advice = `Print this page or write it down, and keep it in a safe place, apart from the copies.
It is shown this once and stored nowhere. With it the archive opens even if the passphrase is lost.`;

/** Shows a recovery key once on the terminal, or writes it to its file. @returns how to take it back */
export async function keepRecoveryKey(
  recovery: IdentityPair,
  { archiveName, file }: RecoveryKeyPlace,
): Promise<() => Promise<void>> {
  const label = { archiveName, createdAt: new Date() };
  if (file === undefined) {
    tell(`\n${paperKey(recovery.secret, label)}\n${advice}\n`);
    return () => Promise.resolve(tell("The archive was not made: the key above opens nothing."));
  }
  await writeRecoveryKey(file, recoveryKeyText(recovery.secret, label));
  tell(
    `The recovery key is in ${displayPath(file)}. Print it, keep it apart from the copies, and remove the file.`,
  );
  return () => rm(file, { force: true });
}
