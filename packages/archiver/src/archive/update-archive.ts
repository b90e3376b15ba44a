import { existsSync } from "node:fs";
import { Catalogue, schemaVersion } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import { ColdstowError, isColdstowError, type ProgressSink } from "@coldstow/contracts";
import { generateIdentity, type IdentityPair } from "@coldstow/crypto";
import {
  convertPyArchive,
  indexPyArchive,
  localLegacyStore,
  type PyConversion,
  type PyIndex,
} from "../pyarchiver/index.ts";
import { lockArchive } from "./archive-lock.ts";
import { type NewKeys, newKeys } from "./create-archive.ts";

export interface UpdateOptions {
  readonly path: string;
  /** Asks for the passphrase of the packs to come, where pyArchiver had encrypted. */
  readonly newPassphrase: () => Promise<string>;
  /** As for `startArchive`. */
  readonly keepRecoveryKey: (recovery: IdentityPair) => Promise<() => Promise<void>>;
  /** The folder of pyArchiver's tars, to read each once; undefined: the catalogue believes the old state. */
  readonly tars?: { readonly folder: string; readonly password: () => Promise<string> };
  readonly progress: ProgressSink;
  readonly signal?: AbortSignal;
}

/** What an update did: nothing, raised an older catalogue, or converted pyArchiver's. */
export interface UpdateOutcome {
  readonly kind: "current" | "raised" | "converted";
  readonly formatBefore: number;
  readonly formatNow: number;
  readonly conversion?: PyConversion;
  readonly index?: PyIndex;
}

/**
 * Raises an archive to the current format, pyArchiver's, too; with `tars` it also reads what lies in
 * them, now or later.
 * @throws {E_NEWER_FORMAT | E_FORMAT | E_CORRUPT | E_LOCKED | E_NOT_FOUND} and the file is as it was
 * @throws what `convertPyArchive` and `indexPyArchive` throw
 */
export async function updateArchive(options: UpdateOptions): Promise<UpdateOutcome> {
  const { path, progress } = options;
  if (!existsSync(path)) {
    throw new ColdstowError("E_NOT_FOUND", `There is no archive ${path}.`, { subject: path });
  }
  const lock = lockArchive(path);
  try {
    progress({ type: "stage", stage: "update" });
    const formatBefore = formatOf(path);
    const conversion = await raise(options);
    const index = await readTars(options);
    const raised = formatBefore < schemaVersion ? "raised" : "current";
    return {
      kind: conversion === undefined ? raised : "converted",
      formatBefore,
      formatNow: schemaVersion,
      ...(conversion && { conversion }),
      ...(index && { index }),
    };
  } finally {
    lock.release();
  }
}

function formatOf(path: string): number {
  const driver = openNodeDriver(path, { readOnly: true });
  try {
    return Number(driver.prepare("PRAGMA user_version").get()?.["user_version"]);
  } finally {
    driver.close();
  }
}

async function raise(options: UpdateOptions): Promise<PyConversion | undefined> {
  const driver = openNodeDriver(options.path);
  try {
    await Catalogue.open(driver);
    return undefined;
  } catch (error) {
    if (!isColdstowError(error) || error.code !== "E_OLD_FORMAT") throw error;
  } finally {
    driver.close();
  }
  let takeBack: (() => Promise<void>) | undefined;
  const keys = async (wasCiphered: boolean): Promise<NewKeys | undefined> => {
    if (!wasCiphered) return undefined;
    const passphrase = await options.newPassphrase();
    const recovery = generateIdentity();
    takeBack = await options.keepRecoveryKey(recovery);
    return newKeys(passphrase, recovery);
  };
  try {
    return await convertPyArchive({ file: options.path, keys });
  } catch (error) {
    await takeBack?.();
    throw error;
  }
}

async function readTars({
  path,
  tars,
  progress,
  signal,
}: UpdateOptions): Promise<PyIndex | undefined> {
  if (tars === undefined) return undefined;
  const driver = openNodeDriver(path);
  try {
    let doneBytes = 0;
    const sealed = driver
      .prepare("SELECT 1 FROM pack WHERE format = 'pyarchiver' AND sealed = 1 LIMIT 1")
      .get();
    return await indexPyArchive({
      driver,
      store: localLegacyStore(tars.folder),
      password: sealed === undefined ? undefined : await tars.password(),
      onProblem: ({ code, message }) => progress({ type: "warning", code, message }),
      onRead: (bytes) => {
        doneBytes += bytes;
        progress({ type: "advance", stage: "update", doneBytes, doneItems: 0 });
      },
      ...(signal && { signal }),
    });
  } finally {
    driver.close();
  }
}
