import { homedir } from "node:os";
import { join, resolve } from "node:path";

import { ColdstowError, type BackendSettings } from "@coldstow/contracts";

import type { SftpConfig } from "./config.ts";
import { gatewayDialect, openSshDialect, type SftpDialect } from "./dialect.ts";

function wrong(message: string, setting: string): ColdstowError {
  return new ColdstowError("E_CONFIG", message, { subject: setting });
}

const yes: ReadonlySet<string> = new Set(["yes", "true", "on", "1"]);
const no: ReadonlySet<string> = new Set(["no", "false", "off", "0"]);

function textOf(given: BackendSettings, name: string): string | undefined {
  const value = given[name]?.trim() ?? "";
  // oxlint-disable-next-line no-control-regex -- such characters are what is looked for
  if (/[\0-\u001F\u007F]/.test(value)) throw wrong(`${name} holds a control character`, name);
  return value === "" ? undefined : value;
}

function needed(given: BackendSettings, name: string): string {
  const value = textOf(given, name);
  if (value === undefined) throw wrong(`${name} is missing: an SFTP destination needs it`, name);
  return value;
}

function yesOrNo(given: BackendSettings, name: string, fallback: boolean): boolean {
  const value = textOf(given, name)?.toLowerCase();
  if (value === undefined) return fallback;
  if (yes.has(value)) return true;
  if (no.has(value)) return false;
  throw wrong(`${name} is ${JSON.stringify(value)}, neither yes nor no`, name);
}

function wholeNumber(
  given: BackendSettings,
  name: string,
  fallback: number,
  [least, most]: readonly [number, number],
): number {
  const text = textOf(given, name);
  if (text === undefined) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw wrong(`${name} is ${JSON.stringify(text)}, not a number of ${least} to ${most}`, name);
}

function localPath(path: string): string {
  return resolve(path === "~" || /^~[/\\]/.test(path) ? join(homedir(), path.slice(1)) : path);
}

/** An agent is asked by default only where nothing else is given: its keys may use up the server's patience. */
function agentSocket(given: BackendSettings, others: boolean): string | undefined {
  const value = textOf(given, "agent");
  const fromEnvironment = process.env["SSH_AUTH_SOCK"];
  if (value === undefined) return others ? undefined : fromEnvironment;
  if (no.has(value.toLowerCase())) return undefined;
  if (!yes.has(value.toLowerCase())) return localPath(value);
  if (fromEnvironment === undefined) {
    throw wrong("agent is yes, but SSH_AUTH_SOCK names no agent", "agent");
  }
  return fromEnvironment;
}

function fingerprint(given: BackendSettings): string | undefined {
  const value = textOf(given, "host_key")?.replace(/=+$/, "");
  if (value === undefined) return undefined;
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(value)) return value;
  throw wrong("host_key is not a fingerprint such as `ssh-keygen -l` prints: SHA256:…", "host_key");
}

/** A gateway of OVH is known by its name, and by the user that everyone has there. */
function dialectFor(given: BackendSettings, host: string, user: string): SftpDialect {
  const value = textOf(given, "dialect")?.toLowerCase() ?? "auto";
  if (value === "openssh") return openSshDialect;
  if (value === "gateway") return gatewayDialect;
  if (value !== "auto") {
    throw wrong(`dialect is ${JSON.stringify(value)}; it is auto, openssh or gateway`, "dialect");
  }
  const isGateway = user === "pca" || /^gateways\.storage\.[a-z0-9-]+\.cloud\.ovh\./i.test(host);
  return isGateway ? gatewayDialect : openSshDialect;
}

function knownHostsFiles(given: BackendSettings): readonly string[] {
  const value = textOf(given, "known_hosts");
  if (value === undefined) return [join(homedir(), ".ssh", "known_hosts")];
  return no.has(value.toLowerCase()) ? [] : [localPath(value)];
}

function kept<const Name extends string>(
  name: Name,
  value: string | undefined,
): Partial<Record<Name, string>> {
  return (value === undefined ? {} : { [name]: value }) as Partial<Record<Name, string>>;
}

/**
 * Reads the settings.
 * @throws {E_CONFIG} naming the setting that is missing or wrong
 */
export function parseSettings(given: BackendSettings): SftpConfig {
  const host = needed(given, "host");
  if (/[\s/@,]/.test(host)) throw wrong("host is not the name of a host", "host");
  const user = needed(given, "user");
  const password = given["password"] === "" ? undefined : given["password"];
  const keyFile = textOf(given, "key_file");
  const agent = agentSocket(given, password !== undefined || keyFile !== undefined);
  if (password === undefined && keyFile === undefined && agent === undefined) {
    throw wrong(
      "there is no way to log in: give password or key_file, or start an agent",
      "password",
    );
  }
  return {
    host: /^\[.*\]$/.test(host) ? host.slice(1, -1) : host,
    port: wholeNumber(given, "port", 22, [1, 65_535]),
    user,
    directory: needed(given, "dir"),
    create: yesOrNo(given, "create", true),
    ...kept("password", password),
    ...kept("keyFile", keyFile === undefined ? undefined : localPath(keyFile)),
    ...kept("keyPassphrase", given["key_passphrase"]),
    ...kept("agent", agent),
    knownHostsFiles: knownHostsFiles(given),
    ...kept("hostKey", fingerprint(given)),
    connections: wholeNumber(given, "connections", 4, [1, 64]),
    connectTimeoutMs: wholeNumber(given, "connect_timeout", 30, [1, 3600]) * 1000,
    stallTimeoutMs: wholeNumber(given, "stall_timeout", 60, [1, 3600]) * 1000,
    serverDigest:
      textOf(given, "server_digest")?.toLowerCase() === "auto" ||
      yesOrNo(given, "server_digest", true),
    ...kept("tariff", textOf(given, "tariff")),
    dialect: dialectFor(given, host, user),
  };
}
