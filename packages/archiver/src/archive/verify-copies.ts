import type { ErrorCode } from "@coldstow/contracts";
import {
  verifyArchive,
  type VerifyLevel,
  type VerifyOptions,
  type VerifyReport,
} from "../verify/index.ts";
import { archiveIdentities, type ArchiveKeys } from "./archive-identities.ts";
import type { BackendAccess } from "./backend-access.ts";
import { openArchive, type OpenArchive } from "./open-archive.ts";

export interface VerifyCopiesOptions extends Omit<VerifyOptions, "keys" | "level"> {
  readonly path: string;
  /** Default: `decrypt` where `hasKeys` or the archive is not encrypted, else `digest`. */
  readonly level?: VerifyLevel;
  readonly keys: ArchiveKeys;
  /** Whether `keys` answers without asking a person. */
  readonly hasKeys: boolean;
  readonly backends: BackendAccess;
  readonly bytesPerSecond?: number;
}

export interface VerifyCopiesReport extends VerifyReport {
  /** Destinations that could not be opened, so that nothing is known of their copies. */
  readonly unreachable: readonly {
    readonly destination: string;
    readonly code: ErrorCode;
    readonly message: string;
  }[];
}

/**
 * Opens an archive and proves that its copies are what was stored; what is found is noted, and the
 * next run heals it.
 * @throws what `openArchive`, `archiveIdentities` and `verifyArchive` throw
 */
export async function verifyCopies(options: VerifyCopiesOptions): Promise<VerifyCopiesReport> {
  const { destinations: needed } = options;
  const archive = await openArchive(options.path, {
    ...options,
    access: "check",
    ...(needed !== undefined && { needed }),
  });
  try {
    const { catalogue, path, settings, unreachable } = archive;
    const level = options.level ?? (await levelFor(archive, options));
    const { keys: given, ...rest } = options;
    const keys =
      level === "decrypt" || level === "sample"
        ? await archiveIdentities(path, catalogue, given, settings.password)
        : [];
    const report = await verifyArchive(archive, { ...rest, level, keys });
    return {
      ...report,
      unreachable: unreachable.map(({ name, error }) => ({
        destination: name,
        code: error.code,
        message: error.message,
      })),
    };
  } finally {
    await archive.close();
  }
}

async function levelFor(
  { catalogue, settings }: OpenArchive,
  { hasKeys, keys }: VerifyCopiesOptions,
): Promise<VerifyLevel> {
  const isOpen = ((await catalogue.meta("recipients")) ?? "") === "";
  const canOpen = hasKeys || keys.kept?.kind === "identities" || settings.password !== undefined;
  return isOpen || canOpen ? "decrypt" : "digest";
}
