import { exec } from "node:child_process";
import { readFile } from "node:fs/promises";
import { ColdstowError, fromSystemError } from "@coldstow/contracts";
import type { SecretSource } from "./secret-source.ts";

/** How secrets are fetched; replaceable, so that programs can keep theirs elsewhere. */
export interface SecretPorts {
  readFile(path: string): Promise<string>;
  /** Runs a command by the system's shell and returns what it wrote to stdout. */
  runCommand(command: string, signal?: AbortSignal): Promise<string>;
  env(name: string): string | undefined;
}

const maxOutputBytes = 64 * 1024;

/** The file system, the shell and the environment of this process. A command's stderr is shown in its error. */
export const systemSecrets: SecretPorts = {
  readFile: async (path) => {
    try {
      return await readFile(path, "utf8");
    } catch (error) {
      throw fromSystemError(error, "reading the secret's file", path);
    }
  },
  runCommand: (command, signal) =>
    new Promise((resolve, reject) => {
      const child = exec(
        command,
        { maxBuffer: maxOutputBytes, ...(signal === undefined ? {} : { signal }) },
        (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          else reject(new Error(stderr.trim() || `it ended with ${error.code ?? error.signal}`));
        },
      );
      child.stdin?.end();
    }),
  env: (name) => process.env[name],
};

function notGiven(setting: string, reason: string, cause?: unknown): ColdstowError {
  return new ColdstowError("E_CONFIG", `${setting}: ${reason}`, { subject: setting, cause });
}

function oneLine(text: string, setting: string, from: string): string {
  const line = text.replace(/\r?\n$/, "");
  if (/[\r\n]/.test(line)) {
    throw notGiven(setting, `${from} gives more than one line; a secret is one line`);
  }
  if (line === "") throw notGiven(setting, `${from} gives an empty secret`);
  return line;
}

async function outputOf(
  command: string,
  setting: string,
  ports: SecretPorts,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    return await ports.runCommand(command, signal);
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw notGiven(setting, `the command failed: ${reason}`, error);
  }
}

/**
 * Fetches a secret. What a file or a command gives must be one line; its line end is not part of it.
 *
 * @param setting the setting's name, for messages; never the secret
 * @throws {E_CONFIG} if it is empty, has several lines, or the command or variable gives none
 * @throws {E_NOT_FOUND | E_PERMISSION} if the file cannot be read
 */
export async function resolveSecret(
  secret: SecretSource,
  setting: string,
  ports: SecretPorts = systemSecrets,
  signal?: AbortSignal,
): Promise<string> {
  if (secret.kind === "value") return oneLine(secret.value, setting, "the setting");
  if (secret.kind === "file") {
    return oneLine(await ports.readFile(secret.path), setting, secret.path);
  }
  if (secret.kind === "command") {
    return oneLine(await outputOf(secret.command, setting, ports, signal), setting, "the command");
  }
  const value = ports.env(secret.name);
  const variable = `the environment variable ${secret.name}`;
  if (value === undefined) throw notGiven(setting, `${variable} is not set`);
  return oneLine(value, setting, variable);
}
