import { dirname } from "node:path";
import {
  ColdstowError,
  describeError,
  fromSystemError,
  type ProgressSink,
  recoveryNoteKey,
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
  /** What all copies to one destination may take together. */
  readonly bytesPerSecond?: number;
  /** Fail at once on a destination that will not open however often it is tried. */
  readonly strict?: boolean;
  /** The names of secrets of a destination that nobody has given yet. */
  readonly lostSecrets?: (destination: DestinationSettings) => readonly string[];
}

/**
 * Opens every destination of the settings. One that does not open is a warning as long as another does.
 * @throws what the first one threw, if none opens
 */
export async function openDestinations(
  settings: ArchiveSettings,
  options: OpenDestinationsOptions,
): Promise<OpenDestinations> {
  const opened: Omit<OpenDestination, "id">[] = [];
  const unreachable: UnreachableDestination[] = [];
  try {
    for (const destination of settings.destinations) {
      throwIfCancelled(options.signal);
      try {
        opened.push(await openOne(settings, destination, options));
      } catch (error) {
        const known = fromSystemError(error, `Opening ${destination.name}`, destination.name);
        const isFinal = options.strict === true && describeError(known).retry === "never";
        if (isFinal || known.code === "E_CANCELLED") throw known;
        unreachable.push({ name: destination.name, error: known });
      }
    }
    if (opened.length === 0 && unreachable[0] !== undefined) throw unreachable[0].error;
  } catch (error) {
    await closeDestinations(opened);
    throw error;
  }
  for (const { name, error } of unreachable) {
    const message = `${name} cannot be reached: ${error.message.replace(/\.?$/, ".")} Going on without it.`;
    options.progress({ type: "warning", message, code: error.code });
  }
  return { opened, unreachable };
}

/** Closes all of them; an error in closing one says nothing about what was stored. */
export async function closeDestinations(
  destinations: readonly Pick<OpenDestination, "backend">[],
): Promise<void> {
  await Promise.allSettled(destinations.map(({ backend }) => backend.close()));
}

async function openOne(
  settings: ArchiveSettings,
  destination: DestinationSettings,
  options: OpenDestinationsOptions,
): Promise<Omit<OpenDestination, "id">> {
  const { backends, signal } = options;
  const { name, scheme } = destination;
  const given: Record<string, string> = {
    ...(await resolveDestination(destination, undefined, signal)),
  };
  for (const key of options.lostSecrets?.(destination) ?? []) {
    given[key] = await backends.secret(name, key);
  }
  const { backend, title } = await backends.open(scheme, given);
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
  { progress, signal, bytesPerSecond }: OpenDestinationsOptions,
): StorageBackend {
  const isLocal = backend.staged !== undefined;
  const paced =
    bytesPerSecond === undefined
      ? backend
      : throttled(isLocal ? unstaged(backend) : backend, { bytesPerSecond });
  if (isLocal) return paced;
  return withRetry(paced, {
    ...(signal && { signal }),
    onRetry: ({ error, delayMs }) => {
      const reason = error instanceof Error ? error.message : String(error);
      const until = new Date(Date.now() + delayMs).toISOString();
      progress({ type: "wait", reason: `${title}: ${reason}`, until });
    },
  });
}
