import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { link, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Catalogue } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import { ColdstowError, errnoOf, fromSystemError } from "@coldstow/contracts";
import { generateIdentity, wrapIdentity, type IdentityPair } from "@coldstow/crypto";
import type { ArchiveSettings } from "../settings/archive-settings.ts";
import { nowNs } from "./clock.ts";

export interface NewArchive {
  /** Where the catalogue is made: `NAME.archive`. */
  readonly path: string;
  readonly settings: ArchiveSettings;
  /** The ini's text without its secrets. */
  readonly configText: string;
  /** Locks the archive's identity; undefined for an archive that is not encrypted. */
  readonly passphrase: string | undefined;
  /**
   * Called when all is made and just before the archive has its name: what must not be lost, such as
   * the recovery identity, is put in a safe place here. When it throws, no archive comes into being.
   */
  readonly beforeItExists?: (recovery: IdentityPair | undefined) => Promise<void>;
}

/**
 * Makes the catalogue of a new archive with its keys: a random identity, locked with the passphrase, and
 * a recovery identity that is kept nowhere: the caller must give it to the person. Nothing is left
 * behind if it fails.
 * @returns the recovery identity; undefined for an archive that is not encrypted
 * @throws {E_EXISTS} if there is a file of that name; it is not changed
 */
export async function createArchive(archive: NewArchive): Promise<IdentityPair | undefined> {
  const { path, settings, passphrase } = archive;
  const temporary = `${path}.${randomUUID()}.partial`;
  const recovery = passphrase === undefined ? undefined : generateIdentity();
  if (existsSync(path)) throw archiveExists(path);
  const keys =
    passphrase === undefined || recovery === undefined
      ? { recipients: "" }
      : newKeys(passphrase, recovery);
  await sweepLeftovers(path);
  try {
    const driver = openNodeDriver(temporary, { create: true });
    const catalogue = await Catalogue.create(driver, {
      archiveId: randomUUID(),
      name: settings.name,
      createdNs: nowNs(),
    });
    try {
      await catalogue.setMeta({
        source: settings.directories[0],
        config: archive.configText,
        ...keys,
      });
      for (const one of settings.destinations) {
        const { name, scheme } = one;
        await catalogue.addDestination({ name, scheme, settings: one.settings, addedNs: nowNs() });
      }
    } finally {
      await catalogue.close();
    }
    await archive.beforeItExists?.(recovery);
    await giveName(temporary, path);
  } catch (error) {
    if (errnoOf(error) === "EEXIST") throw archiveExists(path);
    throw fromSystemError(error, "Making the archive", path);
  } finally {
    for (const end of ["", "-wal", "-shm"]) await rm(temporary + end, { force: true });
  }
  return recovery;
}

/** Removes what a start that was killed has left. The caller holds the archive's lock. */
async function sweepLeftovers(path: string): Promise<void> {
  const leftover = /^\.[0-9a-f-]{36}\.partial(?:-wal|-shm|-journal)?$/;
  try {
    for (const name of await readdir(dirname(path))) {
      if (!name.startsWith(basename(path)) || !leftover.test(name.slice(basename(path).length))) {
        continue;
      }
      await rm(join(dirname(path), name), { force: true });
    }
  } catch (error) {
    throw fromSystemError(error, "Making the archive", path);
  }
}

async function giveName(temporary: string, path: string): Promise<void> {
  try {
    // A link, unlike a rename, never replaces an archive that came into being meanwhile.
    await link(temporary, path);
  } catch (error) {
    // FAT and its kin have no links; the lock keeps other processes out.
    if (!["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP"].includes(errnoOf(error) ?? "")) throw error;
    if (existsSync(path)) throw archiveExists(path);
    await rename(temporary, path);
  }
}

/** The keys that the packs of an archive are sealed to, as its catalogue keeps them. */
export interface NewKeys {
  readonly identity: Uint8Array;
  /** age recipients, one a line. */
  readonly recipients: string;
  readonly recovery_recipient: string;
}

/** A new identity, locked with the passphrase, beside the recovery identity. Takes half a second. */
export function newKeys(passphrase: string, recovery: IdentityPair): NewKeys {
  const identity = generateIdentity();
  return {
    identity: wrapIdentity(identity.secret, passphrase),
    recipients: [identity.recipient, recovery.recipient].join("\n"),
    recovery_recipient: recovery.recipient,
  };
}

/** The error for an archive that is in the way of a new one. */
export function archiveExists(path: string): ColdstowError {
  return new ColdstowError("E_EXISTS", `${path} exists already. It was not changed.`, {
    subject: path,
    hint: `To archive what is new since then: coldstow resume ${path}`,
  });
}
