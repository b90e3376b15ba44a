import { existsSync, statSync } from "node:fs";
import {
  ColdstowError,
  errnoOf,
  fromSystemError,
  isColdstowError,
  type ErrorCode,
} from "@coldstow/contracts";
import type { IdentityPair } from "@coldstow/crypto";
import { backUp, type BackUpResult } from "../run/back-up.ts";
import type { OpenDestination, WorkOptions } from "./archive.ts";
import { lockArchive } from "./archive-lock.ts";
import type { BackendAccess } from "./backend-access.ts";
import { archiveExists, createArchive } from "./create-archive.ts";
import { type MissingCopies, missingCopies } from "./missing-copies.ts";
import { identityKey } from "./object-keys.ts";
import { attach, openCatalogue } from "./open-archive.ts";
import {
  closeDestinations,
  openDestinations,
  type UnreachableDestination,
} from "./open-destinations.ts";
import { type ReadIni, requireOneDirectory } from "./read-ini.ts";

export interface StartOptions extends WorkOptions {
  /** Where the catalogue is made: `NAME.archive`. */
  readonly path: string;
  readonly ini: ReadIni;
  /** Undefined for an archive that is not encrypted. */
  readonly passphrase: string | undefined;
  /**
   * Gives the recovery key to the person, durably, before the archive exists and anything is stored.
   * @returns how to take it back, should the archive not come into being
   */
  readonly keepRecoveryKey: (recovery: IdentityPair) => Promise<() => Promise<void>>;
  readonly backends: BackendAccess;
  readonly bytesPerSecond?: number;
}

/** What a run did, and which destinations it did without. */
export interface RunOutcome extends BackUpResult {
  readonly unreachable: readonly UnreachableDestination[];
  /** Destinations that lack packs now, because they were not reached or refused them. */
  readonly missingCopies: readonly MissingCopies[];
}

/**
 * Makes an archive and stores the tree for the first time. When it is cut after the archive was made,
 * `resumeArchive` goes on.
 * @throws {E_EXISTS} if there is an archive of that name; it is not changed
 * @throws {E_LOCKED} if another process is making it
 * @throws {E_NOT_FOUND} if the tree is not there: no archive is made
 * @throws what `openDestinations` and `backUp` throw
 */
export async function startArchive(options: StartOptions): Promise<RunOutcome> {
  const { path, ini } = options;
  const { settings } = ini;
  checkStart(options);
  const { opened, unreachable } = await openDestinations(settings, { ...options, strict: true });
  let isMade = false;
  try {
    for (const destination of opened) await refuseForeign(destination);
    await create(options);
    isMade = true;
    const lock = lockArchive(path);
    try {
      const outcome = await firstRun(options, opened);
      return { ...outcome, unreachable: [...unreachable, ...outcome.unreachable] };
    } finally {
      lock.release();
    }
  } catch (error) {
    throw isMade ? thenResume(error, path) : error;
  } finally {
    await closeDestinations(opened);
  }
}

async function firstRun(
  { path, ini, progress, signal, jobs }: StartOptions,
  opened: readonly Omit<OpenDestination, "id">[],
): Promise<RunOutcome> {
  const catalogue = await openCatalogue(path, false);
  try {
    const archive = { path, catalogue, settings: ini.settings, destinations: [] };
    const attached = await attach(archive, opened, { access: "store", progress });
    const result = await backUp(attached, {
      kind: "start",
      progress,
      ...(signal && { signal }),
      ...(jobs !== undefined && { jobs }),
    });
    const { unreachable } = attached;
    return { ...result, unreachable, missingCopies: await missingCopies(catalogue) };
  } finally {
    await catalogue.close();
  }
}

/** What is stored beside another archive's key could not be told from what that one holds. */
async function refuseForeign({ backend, title }: Omit<OpenDestination, "id">): Promise<void> {
  if ((await backend.stat(identityKey)) === undefined) return;
  throw new ColdstowError(
    "E_EXISTS",
    `Another archive lies at ${title} already: its identity.age is there. No archive was made.`,
    {
      subject: title,
      hint: "Give this archive a folder of its own; to go on with the other one, use its .archive file or coldstow recover.",
    },
  );
}

/** Refuses what cannot become an archive, before anything is made. @throws {E_EXISTS | E_NOT_FOUND} */
export function checkStart({ path, ini }: Pick<StartOptions, "path" | "ini">): void {
  if (existsSync(path)) throw archiveExists(path);
  requireSource(ini.settings);
}

/** @throws {E_NOT_FOUND} if the tree is not there */
export function requireSource(settings: ReadIni["settings"]): void {
  const root = requireOneDirectory(settings);
  let isDirectory: boolean;
  try {
    isDirectory = statSync(root).isDirectory();
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw fromSystemError(error, "Looking at the directory", root);
    isDirectory = false;
  }
  if (isDirectory) return;
  throw new ColdstowError("E_NOT_FOUND", `There is no directory ${root}. No archive was made.`, {
    subject: root,
    hint: "Check [Archive] directory in the ini file, and that its disk is mounted.",
  });
}

async function create(options: StartOptions): Promise<void> {
  const { path, ini, passphrase, keepRecoveryKey } = options;
  let takeBack: (() => Promise<void>) | undefined;
  try {
    await createArchive({
      path,
      settings: ini.settings,
      configText: ini.configText,
      passphrase,
      beforeItExists: async (recovery) => {
        if (recovery !== undefined) takeBack = await keepRecoveryKey(recovery);
      },
    });
  } catch (error) {
    await takeBack?.();
    throw error;
  }
}

/** What is mended in the settings, which an archive keeps for itself. */
const ofSettings: ReadonlySet<ErrorCode> = new Set([
  "E_AUTH",
  "E_CONFIG",
  "E_NO_CONTAINER",
  "E_STORAGE_CLASS",
]);

/** An error after which the archive is there and a resume goes on. */
function thenResume(error: unknown, path: string): unknown {
  if (!isColdstowError(error)) return error;
  const { code, message, subject, retryAt } = error;
  const next = ofSettings.has(code)
    ? `${path} was made and keeps the settings: correct them with coldstow config set ${path}, then go on with: coldstow resume ${path}`
    : `${path} was made; go on with: coldstow resume ${path}`;
  const hint = `${error.hint} ${next}`.trim();
  return new ColdstowError(code, message, {
    hint:
      code === "E_CANCELLED" ? `What was finished is safe. Go on: coldstow resume ${path}` : hint,
    cause: error,
    ...(subject === undefined ? {} : { subject }),
    ...(retryAt === undefined ? {} : { retryAt }),
  });
}
