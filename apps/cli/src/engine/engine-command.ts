import { readFile } from "node:fs/promises";
import type {
  ArchiveKeys,
  BackendAccess,
  KeptKey,
  RebuiltDestination,
  RecoverySource,
  SourceKeys,
  WorkOptions,
} from "@coldstow/archiver";
import { ColdstowError, fromSystemError } from "@coldstow/contracts";
import { Flags } from "@oclif/core";
import { BaseCommand } from "../base-command.ts";
import { askHidden, canAsk, requireTerminal } from "../passphrase/terminal.ts";
import { backendAccess } from "../plugins/backend-access.ts";
import type { NamedDestination } from "../plugins/named-destination.ts";

/** An identity instead of the passphrase. */
export const identityFlag = Flags.string({
  description: "open it with this recovery key, paper key or identity.age; - reads stdin",
  helpValue: "FILE",
});

/** Which of an ini's destinations is meant. */
export const destinationFlag = Flags.string({
  description: "the destination of that name in the ini file",
  helpValue: "NAME",
});

/** What every function of the engine is told. */
export interface EngineOptions extends WorkOptions {
  readonly backends: BackendAccess;
  readonly bytesPerSecond?: number;
}

/** Where packs are, as a person named it. */
export interface NamedSource {
  /** A path of this machine, or an open destination. */
  readonly source: string | RecoverySource;
  /** How a catalogue that is rebuilt from it names the place. */
  readonly as?: RebuiltDestination;
  readonly close: () => Promise<void>;
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

  /**
   * The destination that a URL names, or that an ini file has; not connected to yet.
   * @throws {E_USAGE | E_CONFIG | E_PLUGIN_MISSING | E_INPUT_NEEDED …} see `namedDestination`
   */
  protected async named(text: string, destination: string | undefined): Promise<NamedDestination> {
    const { namedDestination } = await import("../plugins/named-destination.ts");
    return namedDestination(this.config, text, {
      destination,
      signal: this.signal,
      secret: (name, setting) => this.requiredSecret(name, setting),
    });
  }

  /**
   * Where packs are: a folder or file, or the destination that a URL or an ini names, which is opened.
   * @throws what {@link named} and the plugin throw
   */
  protected async packSource(text: string, destination: string | undefined): Promise<NamedSource> {
    const { namesDestination, openNamed } = await import("../plugins/named-destination.ts");
    if (!namesDestination(text, destination)) {
      return { source: text, close: () => Promise.resolve() };
    }
    const { destination: found, ...named } = await this.named(text, destination);
    const { name, scheme, settings } = found;
    const as = { name, scheme, settings };
    const folder = settings["dir"];
    // Past bad sectors a file is read better than an object.
    if (scheme === "local" && folder !== undefined) {
      return { source: folder, as, close: () => Promise.resolve() };
    }
    const backend = await openNamed({ destination: found, ...named }, await this.backendContext());
    const { backendSource } = await import("@coldstow/archiver");
    return {
      source: backendSource(backend, named.title, this.signal),
      as,
      close: () => backend.close(),
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

  private async requiredSecret(destination: string, setting: string): Promise<string> {
    const asking = { noInput: this.globals.noInput, signal: this.signal };
    const hint = `Say where to find it: ${setting}_env, ${setting}_file or ${setting}_command, in the URL's query or the ini's section.`;
    requireTerminal(`the ${setting} of ${destination}`, hint, asking);
    return askHidden(`${setting} of ${destination}:`, asking);
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
