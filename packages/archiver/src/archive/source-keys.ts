import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { errnoOf, fromSystemError } from "@coldstow/contracts";
import type { RecoveryKeys, RecoverySource } from "../recover/index.ts";
import { isCiphered } from "../pyarchiver/index.ts";
import type { KeptKey } from "./kept-key.ts";

/** What opens packs that lie somewhere without their archive's catalogue. */
export interface SourceKeys {
  readonly kept?: KeptKey;
  /** Asks for the passphrase of what lies there. */
  readonly passphrase: (title: string) => Promise<string>;
}

/**
 * The keys for what lies at a source; undefined where nothing there is encrypted. A passphrase is
 * asked for only where it is needed. O(objects).
 * @param path where the source is, if on this machine: an `identity.age` above a single pack is
 *   found, too
 */
export async function keysForSource(
  source: RecoverySource,
  path: string | undefined,
  keys: SourceKeys,
): Promise<RecoveryKeys | undefined> {
  if (!(await isSealed(source))) return undefined;
  const { kept } = keys;
  if (kept?.kind === "identities") return { identities: kept.identities };
  const isLoose = source.folder === undefined && path !== undefined;
  const identityFile = kept?.bytes ?? (isLoose ? await above(path) : undefined);
  const passphrase = await keys.passphrase(source.title);
  return { passphrase, ...(identityFile === undefined ? {} : { identityFile }) };
}

async function isSealed(source: RecoverySource): Promise<boolean> {
  for await (const { name } of source.list()) {
    const isIdentity = name === "identity.age" || name.endsWith("/identity.age");
    if ((name.endsWith(".age") && !isIdentity) || isCiphered(name)) return true;
  }
  return false;
}

/** How far above a pack its destination's top is: `packs/r000001/PACK`. */
const levels = 3;

async function above(path: string): Promise<Uint8Array | undefined> {
  let folder = dirname(resolve(path));
  for (let level = 0; level < levels; level += 1) {
    const file = join(folder, "identity.age");
    try {
      return await readFile(file);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw fromSystemError(error, "Reading the identity", file);
    }
    folder = dirname(folder);
  }
  return undefined;
}
