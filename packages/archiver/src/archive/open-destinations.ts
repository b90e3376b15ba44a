import { dirname } from "node:path";
import {
  ColdstowError,
  describeError,
  fromSystemError,
  type ProgressSink,
  recoveryNoteKey,
  retryCounter,
  retrying,
  type RetryOptions,
  type StorageBackend,
  throttled,
  throwIfCancelled,
  withRetry,
} from "@coldstow/contracts";
import type { ArchiveSettings, DestinationSettings } from "../settings/archive-settings.ts";
import { resolveDestination } from "../settings/resolve-destination.ts";
import type { OpenDestination } from "./archive.ts";
import type { BackendAccess } from "./backend-access.ts";
import { unstaged } from "./unstaged.ts";
import { withinTree } from "./within-tree.ts";

/** A destination that could not be opened, and why. */
export interface UnreachableDestination {
  readonly name: string;
  readonly error: ColdstowError;
}

export interface OpenDestinations {
  /** Open, but not yet known to a catalogue. */
  readonly opened: readonly Omit<OpenDestination, "id">[];
  readonly unreachable: readonly UnreachableDestination[];
}

export interface OpenDestinationsOptions {
  readonly backends: BackendAccess;
  readonly progress: ProgressSink;
  readonly signal?: AbortSignal;
  /** What all uploads and downloads of one destination may move together; each has this much for itself. */
  readonly bytesPerSecond?: number;
  /** Fail at once on a destination that will not open however often it is tried. */
  readonly strict?: boolean;
  /** Destinations that nothing can be done without, named as in the ini. */
  readonly needed?: readonly string[];
  /** How failures that may pass are waited for; for tests. */
  readonly retry?: Pick<RetryOptions, "sleep" | "now" | "random">;
  /** The names of secrets of a destination that nobody has given yet. */
  readonly lostSecrets?: (destination: DestinationSettings) => readonly string[];
}

/** An unreachable place delays a command by no more than a few seconds. */
const openAttempts = 4;

/**
 * Opens every destination of the settings, all at once; a failure that may pass is tried again a few
 * times. One that does not open is a warning as long as another does, and it is not needed.
 * @throws {E_NOT_FOUND} if the settings lack one that is needed; nothing was opened then
 * @throws what the first one threw, if none opens, or one that is needed does not
 */
export async function openDestinations(
  settings: ArchiveSettings,
  options: OpenDestinationsOptions,
): Promise<OpenDestinations> {
  requireDestinations(settings, options.needed ?? []);
  const opened: Omit<OpenDestination, "id">[] = [];
  const unreachable: UnreachableDestination[] = [];
  try {
    // Secrets one after the other: a person may be asked for them.
    const secrets = await eachSettled(settings.destinations, async (one) => given(one, options));
    throwIfCancelled(options.signal);
    const opening = settings.destinations.map(async (destination, index) => {
      const secret = secrets[index];
      if (secret?.status !== "fulfilled") throw secret?.reason;
      return openOne(settings, destination, secret.value, options);
    });
    const ends = await Promise.allSettled(opening);
    for (const end of ends) if (end.status === "fulfilled") opened.push(end.value);
    for (const [index, end] of ends.entries()) {
      if (end.status === "fulfilled") continue;
      const name = settings.destinations[index]?.name ?? "";
      const known = fromSystemError(end.reason, `Opening ${name}`, name);
      const isFinal = options.strict === true && describeError(known).retry === "never";
      const isNeeded = options.needed?.includes(name) === true;
      if (isFinal || isNeeded || known.code === "E_CANCELLED") throw known;
      unreachable.push({ name, error: known });
    }
    throwIfCancelled(options.signal);
    if (opened.length === 0 && unreachable[0] !== undefined) throw unreachable[0].error;
  } catch (error) {
    await closeDestinations(opened);
    throw error;
  }
  for (const { name, error } of unreachable) {
    const message = `${name} cannot be reached: ${error.message.replace(/\.?$/, ".")} Going on without it.${hintOf(error)}`;
    options.progress({ type: "warning", message, code: error.code });
  }
  return { opened, unreachable };
}

/** @throws {E_NOT_FOUND} naming one that the settings do not have, and those that they have */
export function requireDestinations(
  { name: archive, destinations }: Pick<ArchiveSettings, "name" | "destinations">,
  names: readonly string[],
): void {
  const known = destinations.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new ColdstowError(
    "E_NOT_FOUND",
    `The archive ${archive} has no destination "${unknown}"; it has ${known.join(", ")}. Nothing was done.`,
    { subject: unknown },
  );
}

/** The hint behind a space where trying again does not help, so that a person knows what does; else nothing. */
export function hintOf(error: ColdstowError): string {
  const isFinal = describeError(error).retry === "never";
  return isFinal && error.hint !== "" ? ` ${error.hint}` : "";
}

/** As `Promise.allSettled`, one after the other. */
async function eachSettled<T, R>(
  values: readonly T[],
  work: (value: T) => Promise<R>,
): Promise<PromiseSettledResult<R>[]> {
  const ends: PromiseSettledResult<R>[] = [];
  for (const value of values) ends.push(...(await Promise.allSettled([work(value)])));
  return ends;
}

/** Closes all of them; an error in closing one says nothing about what was stored. */
export async function closeDestinations(
  destinations: readonly Pick<OpenDestination, "backend">[],
): Promise<void> {
  await Promise.allSettled(destinations.map(({ backend }) => backend.close()));
}

/** The settings of a destination with its secrets. */
async function given(
  destination: DestinationSettings,
  { backends, lostSecrets, signal }: OpenDestinationsOptions,
): Promise<Readonly<Record<string, string>>> {
  throwIfCancelled(signal);
  const all: Record<string, string> = {
    ...(await resolveDestination(destination, undefined, signal)),
  };
  for (const key of lostSecrets?.(destination) ?? []) {
    all[key] = await backends.secret(destination.name, key);
  }
  return all;
}

async function openOne(
  settings: ArchiveSettings,
  { name, scheme }: DestinationSettings,
  secrets: Readonly<Record<string, string>>,
  options: OpenDestinationsOptions,
): Promise<Omit<OpenDestination, "id">> {
  const { backends, signal } = options;
  const retry = { ...options.retry, attempts: openAttempts, ...(signal && { signal }) };
  const counter = retryCounter(`open ${name}`, retry);
  const { backend, title } = await retrying(counter, async () => backends.open(scheme, secrets));
  const [root = ""] = settings.directories;
  const folder = localFolder(backend);
  if (folder === undefined) return { name, title, backend: wrapped(backend, title, options) };
  const localPath = withinTree(root, folder);
  if (localPath === withinTree(root, root)) {
    await backend.close();
    throw new ColdstowError(
      "E_CONFIG",
      `${name} is the very directory that is archived: ${localPath}.`,
      { subject: name, hint: "Choose another folder for the copies, on another disk at best." },
    );
  }
  return { name, title, localPath, backend: wrapped(backend, title, options) };
}

/** The folder of a destination that keeps its objects as files of this machine. */
function localFolder(backend: StorageBackend): string | undefined {
  const path = backend.staged?.pathOf(recoveryNoteKey);
  return path === undefined ? undefined : dirname(path);
}

function wrapped(
  backend: StorageBackend,
  title: string,
  { progress, signal, bytesPerSecond, retry }: OpenDestinationsOptions,
): StorageBackend {
  const isLocal = backend.staged !== undefined;
  const paced =
    bytesPerSecond === undefined
      ? backend
      : throttled(isLocal ? unstaged(backend) : backend, {
          bytesPerSecond,
          ...(signal && { signal }),
        });
  if (isLocal) return paced;
  return withRetry(paced, {
    ...retry,
    ...(signal && { signal }),
    onRetry: ({ error, delayMs }) => {
      const reason = error instanceof Error ? error.message : String(error);
      const until = new Date(Date.now() + delayMs).toISOString();
      progress({ type: "wait", reason: `${title}: ${reason}`, until });
    },
  });
}
