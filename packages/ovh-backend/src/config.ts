import { ColdstowError, type BackendSettings } from "@coldstow/contracts";

/** By which protocol objects are moved. */
export type Transport = "swift" | "sftp";

/** The SFTP gateway, where it differs from the region's own. */
export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  /** The only host key that is accepted: `SHA256:…`. */
  readonly hostKey: string | undefined;
  /** A file of known host keys, which is only read. */
  readonly knownHosts: string | undefined;
}

/** What an OVH destination is told. */
export interface OvhConfig {
  readonly transport: Transport;
  /** As in the service catalogue: GRA, SBG, BHS … in any case; empty where `storageUrl` is given. */
  readonly region: string;
  readonly container: string;
  /** The folder in the container, without a slash at either end; empty for none. */
  readonly prefix: string;
  /** The project; empty for a user of tempauth who is in none. */
  readonly tenant: string;
  readonly user: string;
  readonly password: string;
  /** Keystone version 3, or tempauth where its path is `/auth/v1.0`. */
  readonly authUrl: URL;
  /** Takes the place of the service catalogue's endpoint. */
  readonly storageUrl: URL | undefined;
  /** The storage policy that the container must have; undefined: any. */
  readonly policy: string | undefined;
  /** Whether the first write makes a container that is missing. */
  readonly create: boolean;
  readonly gateway: GatewayConfig;
  /** How long a connection may make no progress before the call ends with `E_TIMEOUT`. */
  readonly stallMs: number;
  readonly tariff: string | undefined;
}

/** The policy under which OVH seals objects. */
export const coldPolicy = "PCA";

const defaultAuthUrl = "https://auth.cloud.ovh.net/v3";
// Object keys take up to 512 of the 1024 bytes that a name may have.
const maxPrefixBytes = 500;
const maxContainerBytes = 256;

function wrong(message: string, setting: string): ColdstowError {
  return new ColdstowError("E_CONFIG", message, { subject: setting });
}

function yesOrNo(value: string, setting: string): boolean {
  const word = value.toLowerCase();
  if (["yes", "true", "on", "1"].includes(word)) return true;
  if (["no", "false", "off", "0"].includes(word)) return false;
  throw wrong(`${setting} is ${JSON.stringify(value)}, neither yes nor no`, setting);
}

function urlOf(value: string, setting: string): URL {
  const url = URL.parse(value);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw wrong(`${setting} is no http or https URL`, setting);
  }
  if (url.username !== "" || url.password !== "") {
    throw wrong(`${setting} holds a user or a password; give them as user and password`, setting);
  }
  return url;
}

function portOf(value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port < 1 || port > 65_535) {
    throw wrong(`gateway_port is ${JSON.stringify(value)}, not a port`, "gateway_port");
  }
  return port;
}

function placeOf(container: string, prefix: string): { container: string; prefix: string } {
  const [name = "", ...folders] = container.split("/").filter((part) => part !== "");
  if (name === "") {
    throw wrong("container is missing: objects are kept in a container", "container");
  }
  if (Buffer.byteLength(name) > maxContainerBytes) {
    throw wrong(`container is longer than ${maxContainerBytes} bytes`, "container");
  }
  const parts = [...folders, ...prefix.split("/").filter((part) => part !== "")];
  for (const part of [name, ...parts]) {
    if (part === "." || part === ".." || /\p{Cc}/u.test(part)) {
      throw wrong(
        "container and prefix are names, without . or .. or control characters",
        "prefix",
      );
    }
  }
  const joined = parts.join("/");
  if (Buffer.byteLength(joined) > maxPrefixBytes) {
    throw wrong(`prefix is longer than ${maxPrefixBytes} bytes`, "prefix");
  }
  return { container: name, prefix: joined };
}

function stallMsOf(value: string): number {
  const seconds = Number(value);
  if (!/^\d+$/.test(value) || seconds < 1 || seconds > 3600) {
    throw wrong(
      `stall_timeout is ${JSON.stringify(value)}, not a number of seconds`,
      "stall_timeout",
    );
  }
  return seconds * 1000;
}

function transportOf(value: string): Transport {
  const word = value.toLowerCase();
  if (word === "swift" || word === "sftp") return word;
  throw wrong(`transport is ${JSON.stringify(value)}, neither swift nor sftp`, "transport");
}

/**
 * Reads the settings. Secrets never become part of a message.
 * @throws {E_CONFIG} naming the setting that is missing or wrong
 */
export function parseSettings(given: BackendSettings): OvhConfig {
  const read = (name: string, otherwise = ""): string => {
    const value = given[name]?.trim() ?? "";
    return value === "" ? otherwise : value;
  };
  const required = (name: string, why: string): string => {
    const value = read(name);
    if (value === "") throw wrong(`${name} is missing: ${why}`, name);
    return value;
  };
  const transport = transportOf(read("transport", "swift"));
  const authUrl = urlOf(read("auth_url", defaultAuthUrl), "auth_url");
  const storageUrl = read("storage_url");
  const policy = read("policy", coldPolicy);
  const region = read("region");
  const tempauth = isTempauth(authUrl);
  if (region === "" && storageUrl === "" && !tempauth) {
    throw wrong("region is missing: it says where the container is, such as GRA", "region");
  }
  const gateway = read("gateway");
  if (transport === "sftp" && gateway === "" && region === "") {
    throw wrong("region is missing: it names the gateway", "region");
  }
  const place = placeOf(read("container"), read("prefix"));
  const { password = "" } = given;
  if (password === "") throw wrong("password is missing", "password");
  return {
    transport,
    region,
    ...place,
    tenant: tempauth ? read("tenant") : required("tenant", "it is the project's name"),
    user: required("user", "an OpenStack user of the project"),
    password,
    authUrl,
    storageUrl: storageUrl === "" ? undefined : urlOf(storageUrl, "storage_url"),
    policy: policy.toLowerCase() === "none" ? undefined : policy,
    create: yesOrNo(read("create", "yes"), "create"),
    gateway: {
      host: gateway === "" ? `gateways.storage.${region.toLowerCase()}.cloud.ovh.net` : gateway,
      port: portOf(read("gateway_port", "22")),
      hostKey: read("host_key") || undefined,
      knownHosts: read("known_hosts") || undefined,
    },
    stallMs: stallMsOf(read("stall_timeout", "120")),
    tariff: read("tariff") || undefined,
  };
}

/** True where the URL is tempauth's, version 1, and not Keystone's. */
export function isTempauth(authUrl: URL): boolean {
  return /\/v1(?:\.0)?\/?$/.test(authUrl.pathname);
}

/** True where objects of this destination are sealed. */
export function isCold(config: OvhConfig): boolean {
  return config.policy?.toUpperCase() === coldPolicy;
}
