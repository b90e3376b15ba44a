import { readFile } from "node:fs/promises";
import type {
  ArchiveKeys,
  BackendAccess,
  KeptKey,
  SourceKeys,
  WorkOptions,
} from "@coldstow/archiver";
import { ColdstowError, fromSystemError } from "@coldstow/contracts";
import { Flags } from "@oclif/core";
import { BaseCommand } from "../base-command.ts";
import { askHidden, canAsk, requireTerminal } from "../passphrase/terminal.ts";
import { backendAccess } from "../plugins/backend-access.ts";

/** An identity instead of the passphrase. */
export const identityFlag = Flags.string({
  description: "open it with this recovery key, paper key or identity.age; - reads stdin",
  helpValue: "FILE",
});

/** What every function of the engine is told. */
export interface EngineOptions extends WorkOptions {
  readonly backends: BackendAccess;
  readonly bytesPerSecond?: number;
}

const identityFileLimit = 64 * 1024;

/** A command that works on an archive's destinations. */
export abstract class EngineCommand extends BaseCommand {
  /** @param archive what the person calls the archive, for hints */
  protected async engine(archive: string): Promise<EngineOptions> {
    const { jobs, bytesPerSecond } = this.globals;
    const context = await this.backendContext();
    return {
      progress: await this.progress(),
      signal: this.signal,
      backends: backendAccess(this.config, context, (destination, setting) =>
        this.secret(archive, destination, setting),
      ),
      ...(jobs === undefined ? {} : { jobs }),
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    };
  }

  /** @throws {E_NOT_FOUND | E_PERMISSION | E_FORMAT} if the identity file is none */
  protected async keys(identityFile: string | undefined): Promise<ArchiveKeys> {
    return {
      ...(await keptKey(identityFile)),
      passphrase: (name, configured) => this.passphrase({ subject: name, configured }),
    };
  }

  /** As {@link keys}, for packs without their archive. */
  protected async sourceKeys(identityFile: string | undefined): Promise<SourceKeys> {
    return {
      ...(await keptKey(identityFile)),
      passphrase: (title) => this.passphrase({ subject: title }),
    };
  }

  /** pyArchiver's password, which opens its tars; not the passphrase of the archive. */
  protected async tarsPassword(file: string | undefined): Promise<string> {
    const { resolveSecret } = await import("@coldstow/archiver/settings");
    if (file !== undefined) {
      const source = { kind: "file", path: file } as const;
      return resolveSecret(source, "--tars-password-file", undefined, this.signal);
    }
    const asking = { noInput: this.globals.noInput, signal: this.signal };
    requireTerminal("pyArchiver's password", "Give --tars-password-file.", asking);
    return askHidden("pyArchiver's password, of its tars:", asking);
  }

  private async secret(archive: string, destination: string, setting: string): Promise<string> {
    const asking = { noInput: this.globals.noInput, signal: this.signal };
    if (canAsk(asking)) return askHidden(`${setting} of ${destination}:`, asking);
    throw new ColdstowError(
      "E_INPUT_NEEDED",
      `The ${setting} of ${destination} is needed; it was in the ini in clear, and an archive keeps no secret.`,
      {
        subject: `${destination}.${setting}`,
        hint: `Say where to find it: coldstow config set ${archive} ${destination}.${setting}_file FILE`,
      },
    );
  }
}

async function keptKey(path: string | undefined): Promise<{ readonly kept?: KeptKey }> {
  if (path === undefined) return {};
  let bytes: Buffer;
  try {
    bytes = await readFile(path === "-" ? "/dev/stdin" : path);
  } catch (error) {
    throw fromSystemError(error, "Reading the identity", path);
  }
  if (bytes.length > identityFileLimit) {
    throw new ColdstowError("E_FORMAT", `${path} is too large for an identity.`, { subject: path });
  }
  const { readKeptKey } = await import("@coldstow/archiver");
  return { kept: readKeptKey(bytes) };
}
