import type {
  ArchiveSettings,
  DestinationSettings,
  SecretSource,
} from "@coldstow/archiver/settings";
import { displayPath } from "@coldstow/contracts";
import { size } from "../render/size.ts";

/** Where a secret comes from, without the secret. */
export function describeSecret(secret: SecretSource): string {
  switch (secret.kind) {
    case "value":
      return "given in the ini";
    case "file":
      return `from the file ${secret.path}`;
    case "command":
      return "from a command";
    case "env":
      return `from the variable ${secret.name}`;
    default:
      return "";
  }
}

function destinationDocument(destination: DestinationSettings): object {
  const secrets = Object.entries(destination.secrets).map(
    ([key, secret]) => [key, describeSecret(secret)] as const,
  );
  return {
    name: destination.name,
    scheme: destination.scheme,
    settings: destination.settings,
    secrets: Object.fromEntries(secrets),
  };
}

/** The settings for `--json`, without a secret. */
export function settingsDocument(settings: ArchiveSettings): object {
  const { exclude, password, destinations, ...rest } = settings;
  return {
    ...rest,
    exclude: exclude.map((expression) => expression.source),
    password: password === undefined ? null : describeSecret(password),
    destinations: destinations.map(destinationDocument),
  };
}

function yesNo(flag: boolean): string {
  return flag ? "yes" : "no";
}

/** The settings for people, as pairs of name and value, named as `config set` takes them. */
export function settingsFacts(settings: ArchiveSettings): [name: string, value: string][] {
  const pairs: [string, string][] = [
    ["archive.directory", settings.directories.map(displayPath).join(", ")],
    ["archive.name", displayPath(settings.name)],
    ["archive.exclude", settings.exclude.map((expression) => expression.source).join("  ")],
    ["archive.exclude_glob", settings.excludeGlobs.map(displayPath).join("  ")],
    ["archive.ignore_file", displayPath(settings.ignoreFile ?? "")],
    ["archive.thumbnails", yesNo(settings.thumbnails)],
    ["tar.size_tar", size(settings.packSizeBytes)],
    ["tar.ciphered", yesNo(settings.ciphered)],
    ["tar.password", settings.password === undefined ? "" : describeSecret(settings.password)],
    ["tar.compress", settings.compress],
    ["repository.type", settings.destinations.map(({ name }) => name).join(", ")],
    ["repository.copies", String(settings.copies)],
    ["repository.kinds", String(settings.kinds)],
    ["repository.spool", displayPath(settings.spool ?? "")],
    ["repository.spool_size", size(settings.spoolSizeBytes)],
    ["repository.read_back", settings.readBack ? "auto" : "no"],
  ];
  for (const destination of settings.destinations) {
    for (const [key, value] of Object.entries(destination.settings)) {
      pairs.push([`${destination.name}.${key}`, displayPath(value)]);
    }
    for (const [key, secret] of Object.entries(destination.secrets)) {
      pairs.push([`${destination.name}.${key}`, describeSecret(secret)]);
    }
  }
  return pairs.filter(([, value]) => value !== "");
}
