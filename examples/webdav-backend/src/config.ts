import { ColdstowError, type BackendSettings, type SettingSpec } from "@coldstow/contracts";

/** What a WebDAV destination is told. */
export interface WebdavConfig {
  /** The server, without folder and credentials: `https://dav.example:8443`. */
  readonly server: string;
  /** The folder, with a slash at its beginning and none at its end; "" for the top. */
  readonly folder: string;
  /** Both together, for people. */
  readonly url: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** How long the server may be silent, in milliseconds. */
  readonly silenceMs: number;
}

export const settings: readonly SettingSpec[] = [
  { name: "host", description: "The server's name.", required: true, inUrl: "host" },
  { name: "port", description: "Its port; default: 443, or 80 without TLS.", inUrl: "port" },
  {
    name: "dir",
    description: "The folder on it, such as /remote.php/dav/files/ann/archive.",
    inUrl: "path",
  },
  {
    name: "tls",
    description: "no: http instead of https; the password is sent in clear.",
    default: "yes",
  },
  { name: "user", description: "The user.", inUrl: "user" },
  { name: "password", description: "The user's password.", secret: true },
  { name: "timeout", description: "Seconds that the server may be silent.", default: "60" },
];

function wrong(setting: string, message: string): ColdstowError {
  return new ColdstowError("E_CONFIG", `${setting} ${message}`, { subject: setting });
}

/**
 * Reads the settings.
 * @throws {E_CONFIG} naming the setting that is missing or wrong
 */
export function parseSettings(given: BackendSettings): WebdavConfig {
  const text = (name: string): string => given[name]?.trim() ?? "";
  const host = text("host");
  if (host === "") throw wrong("host", "is missing: a WebDAV destination needs a server");
  if (/[\s/@?#\\]/.test(host))
    throw wrong("host", "is no name of a server; leave scheme and path out");
  const tls = text("tls").toLowerCase() || "yes";
  if (tls !== "yes" && tls !== "no") throw wrong("tls", "is neither yes nor no");
  const port = text("port");
  if (port !== "" && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
    throw wrong("port", "is no number from 1 to 65535");
  }
  const seconds = Number(text("timeout") || "60");
  if (!(seconds >= 1 && seconds <= 86_400)) throw wrong("timeout", "is no number of seconds");
  const segments = text("dir")
    .split("/")
    .filter((segment) => segment !== "");
  if (segments.some((segment) => segment === "." || segment === "..")) {
    throw wrong("dir", "may not have . or .. in it");
  }
  const address = host.includes(":") ? `[${host}]` : host;
  const server = `${tls === "yes" ? "https" : "http"}://${address}${port === "" ? "" : `:${port}`}`;
  const folder = segments.map((segment) => `/${segment}`).join("");
  return {
    server,
    folder,
    url: `${server}${folder}`,
    user: given["user"],
    password: given["password"],
    silenceMs: seconds * 1000,
  };
}
