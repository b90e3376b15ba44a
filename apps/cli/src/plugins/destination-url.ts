import { homedir } from "node:os";
import { join } from "node:path";
import {
  type DestinationSettings,
  destinationSection,
  isSecretKey,
  nearestName,
  type SecretSource,
} from "@coldstow/archiver/settings";
import { ColdstowError, type SettingSpec } from "@coldstow/contracts";

const beginning = /^([a-z][a-z0-9-]*):\/\//i;

/** True for `sftp://…`, `file:///…`: a destination that is named by a URL. */
export function isDestinationUrl(text: string): boolean {
  return beginning.test(text);
}

/** The scheme of the backend that a URL names; `file` is another word for `local`. */
export function schemeOfUrl(text: string): string {
  const scheme = (beginning.exec(text)?.[1] ?? "").toLowerCase();
  return scheme === "file" ? "local" : scheme;
}

// The URL itself never stands in a message: a person may have put a password into it.
function wrong(scheme: string, message: string, hint?: string): ColdstowError {
  return new ColdstowError("E_USAGE", `the ${scheme} URL ${message}`, {
    subject: scheme,
    hint: hint ?? "A destination's URL: SCHEME://USER@HOST:PORT/PATH?SETTING=VALUE&SETTING=VALUE",
  });
}

function secretRefused(scheme: string, setting: string): ColdstowError {
  return wrong(
    scheme,
    `holds the secret ${setting}, which other users of this machine can see there; nothing was done`,
    `Give ?${setting}_env=NAME, ?${setting}_file=FILE or ?${setting}_command=COMMAND, and change the secret if others use this machine.`,
  );
}

function decoded(text: string, scheme: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(scheme, "has a % that begins no escape; write %25 for the sign itself");
  }
}

type UrlPart = NonNullable<SettingSpec["inUrl"]>;

/** What stands before the `?`. `/~/x` is `x`, which a server takes from the login folder. */
function partsOf(text: string, scheme: string): Readonly<Record<UrlPart, string>> {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrong(scheme, "cannot be read");
  }
  if (url.password !== "") throw secretRefused(scheme, "password");
  if (url.hash !== "" || text.includes("#")) throw wrong(scheme, "has a #; write %23 for the sign");
  const path = decoded(url.pathname, scheme);
  return {
    user: decoded(url.username, scheme),
    host: decoded(url.hostname, scheme).replace(/^\[(.*)\]$/, "$1"),
    port: url.port,
    path: url.hostname === "" ? path : path.replace(/^\/~(?:\/|$)/, ""),
  };
}

function queryOf(text: string, scheme: string): [name: string, value: string][] {
  const at = text.indexOf("?");
  if (at === -1) return [];
  return text
    .slice(at + 1)
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return [decoded(name, scheme).toLowerCase(), decoded(value.join("="), scheme)];
    });
}

/** A shell leaves the ~ in the middle of a word. */
function atHome(value: string): string {
  return value.startsWith("~/") ? join(homedir(), value.slice(1)) : value;
}

function secretOf(
  name: string,
  value: string,
  specs: readonly SettingSpec[],
): readonly [string, SecretSource] | undefined {
  const [, base = "", way = ""] = /^(.+)_(file|command|env)$/.exec(name) ?? [];
  if (specs.find((spec) => spec.name === base)?.secret !== true) return undefined;
  if (way === "file") return [base, { kind: "file", path: atHome(value) }];
  return [base, way === "env" ? { kind: "env", name: value } : { kind: "command", command: value }];
}

/**
 * The destination that a URL names: its parts are the settings that say so (`SettingSpec.inUrl`),
 * its query gives the others by name. A secret is never in it, only where to find it.
 *
 * @throws {E_USAGE} naming the part or setting that is wrong, never its value
 */
export function destinationOfUrl(text: string, specs: readonly SettingSpec[]): DestinationSettings {
  const scheme = schemeOfUrl(text);
  const settings: Record<string, string> = {};
  const secrets: Record<string, SecretSource> = {};
  const add = <T>(to: Record<string, T>, name: string, value: T): void => {
    if (Object.hasOwn(settings, name) || Object.hasOwn(secrets, name)) {
      throw wrong(scheme, `gives ${name} twice`);
    }
    to[name] = value;
  };
  for (const [part, value] of Object.entries(partsOf(text, scheme)) as [UrlPart, string][]) {
    if (value === "") continue;
    const spec = specs.find(({ inUrl }) => inUrl === part);
    if (spec !== undefined) add(settings, spec.name, value);
    else if (!(part === "path" && value === "/")) throw wrong(scheme, `takes no ${part}`);
  }
  for (const [name, value] of queryOf(text, scheme)) {
    const secret = secretOf(name, value, specs);
    const spec = specs.find((candidate) => candidate.name === name);
    if (spec === undefined && secret !== undefined) add(secrets, ...secret);
    else if (isSecretKey(name, specs)) throw secretRefused(scheme, name);
    else if (spec !== undefined) add(settings, name, atHome(value));
    else throw unknown(scheme, name, specs);
  }
  return { name: scheme, scheme, section: destinationSection(scheme), settings, secrets };
}

function unknown(scheme: string, name: string, specs: readonly SettingSpec[]): ColdstowError {
  const names = specs.map((spec) => spec.name);
  const near = nearestName(name, names);
  return wrong(
    scheme,
    `has ${JSON.stringify(name)}, which is no setting of ${scheme}${near === undefined ? "" : `; did you mean ${near}?`}`,
    `Its settings: ${names.join(", ")}`,
  );
}
