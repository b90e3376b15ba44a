import { open, rm } from "node:fs/promises";
import { ColdstowError, errnoOf, fromSystemError } from "@coldstow/contracts";
import { paperKey, type PaperKeyLabel } from "@coldstow/crypto";

/**
 * The paper key as a file that stock age takes with `-i` as it is: what is not the key is a comment.
 */
export function recoveryKeyText(secret: string, label: PaperKeyLabel): string {
  return paperKey(secret, label)
    .split("\n")
    .map((line) => (line === "" || line.startsWith("AGE-SECRET-KEY-1") ? line : `# ${line}`))
    .join("\n");
}

/**
 * Writes a recovery key to a new file that only its owner reads; it is on the disk when this returns.
 * @throws {E_EXISTS | E_PERMISSION | E_NOT_FOUND | E_NO_SPACE} and nothing is left behind
 */
export async function writeRecoveryKey(path: string, text: string): Promise<void> {
  let made = false;
  try {
    const file = await open(path, "wx", 0o600);
    made = true;
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (made) await rm(path, { force: true });
    if (errnoOf(error) !== "EEXIST") {
      throw fromSystemError(error, "Writing the recovery key", path);
    }
    throw new ColdstowError(
      "E_EXISTS",
      `${path} is there already, and a key is never overwritten. No archive was made.`,
      { subject: path, hint: "Choose another file: --recovery-out FILE." },
    );
  }
}
