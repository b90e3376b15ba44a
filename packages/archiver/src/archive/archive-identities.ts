import type { Catalogue } from "@coldstow/catalogue";
import { ColdstowError } from "@coldstow/contracts";
import { recipientOf, unwrapIdentity } from "@coldstow/crypto";
import type { SecretSource } from "../settings/secret-source.ts";
import { type KeptKey, openKeptKey } from "./kept-key.ts";

/** What opens an archive. */
export interface ArchiveKeys {
  /** What the person has kept, such as the recovery key; used instead of the archive's own identity. */
  readonly kept?: KeptKey;
  /** Asks for the passphrase of the archive of that name; `configured` is what its ini says. */
  readonly passphrase: (name: string, configured: SecretSource | undefined) => Promise<string>;
}

/**
 * The identities that open an archive's packs; none where it is not encrypted. With a passphrase it
 * takes half a second and 256 MiB, so do it once.
 * @throws {E_WRONG_KEY} if the passphrase is wrong or the identities belong to another archive
 */
export async function archiveIdentities(
  path: string,
  catalogue: Catalogue,
  keys: ArchiveKeys,
  configured: SecretSource | undefined,
): Promise<readonly string[]> {
  const recipients = ((await catalogue.meta("recipients")) ?? "").split("\n");
  if (recipients.every((one) => one === "")) return [];
  const name = (await catalogue.meta("name")) ?? path;
  const passphrase = (): Promise<string> => keys.passphrase(name, configured);
  if (keys.kept !== undefined) {
    const identities = await openKeptKey(keys.kept, passphrase);
    const fitting = identities.filter((one) => recipients.includes(recipientOf(one)));
    if (fitting.length > 0) return fitting;
    throw new ColdstowError("E_WRONG_KEY", `This identity is not one of ${path}.`, {
      subject: path,
      hint: "Use the recovery key that was made with this archive, or the passphrase.",
    });
  }
  const identity = await catalogue.meta("identity");
  if (identity === undefined) {
    throw new ColdstowError(
      "E_INPUT_NEEDED",
      `${path} keeps no identity that a passphrase opens.`,
      {
        subject: path,
        hint: "Give the recovery key: --identity FILE.",
      },
    );
  }
  return [unwrapIdentity(identity, await passphrase())];
}
