import { ColdstowError, isObjectKey, type BackendSettings } from "@coldstow/contracts";

import { isArchived, profiles, type Checksum, type Profile, type ProfileName } from "./profiles.ts";

const MiB = 1024 ** 2;

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What an S3 destination is told: the profile with every setting that overrides it. */
export interface S3Config extends Omit<Profile, "region"> {
  readonly profile: ProfileName;
  readonly bucket: string;
  /** Empty, or ending in `/`. */
  readonly prefix: string;
  readonly region: string;
  /** Undefined: those of the machine. */
  readonly credentials: Credentials | undefined;
  readonly create: boolean;
  readonly multipart: boolean;
  readonly partBytes: number;
  readonly connections: number;
  /** Objects of the configured class must be thawed before they are read. */
  readonly archived: boolean;
  /** The ETag of an object that was put in one piece is its MD5. */
  readonly etagIsMd5: boolean;
  readonly timeoutMs: number;
}

function wrong(setting: string, message: string): ColdstowError {
  return new ColdstowError("E_CONFIG", message, { subject: setting });
}

/** Reads settings one by one; blanks count as not given. */
class Reader {
  readonly #given: BackendSettings;

  constructor(given: BackendSettings) {
    this.#given = given;
  }

  text(name: string): string | undefined {
    const value = this.#given[name]?.trim() ?? "";
    return value === "" ? undefined : value;
  }

  choice<T extends string>(name: string, choices: readonly T[], otherwise: T): T {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return otherwise;
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw wrong(name, `${name} is ${JSON.stringify(value)}, not one of ${choices.join(", ")}`);
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return otherwise;
    if (["yes", "true", "on", "1"].includes(value)) return true;
    if (["no", "false", "off", "0"].includes(value)) return false;
    throw wrong(name, `${name} is ${JSON.stringify(value)}, neither yes nor no`);
  }

  whole(name: string, otherwise: number, least: number, most: number): number {
    const value = this.text(name);
    if (value === undefined) return otherwise;
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= least && number <= most) return number;
    throw wrong(name, `${name} is ${JSON.stringify(value)}, not a number from ${least} to ${most}`);
  }
}

function bucketOf(read: Reader): string {
  const bucket = read.text("bucket");
  if (bucket === undefined) throw wrong("bucket", "bucket is missing: objects need one");
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/.test(bucket)) return bucket;
  throw wrong("bucket", `bucket is ${JSON.stringify(bucket)}, which no bucket can be named`);
}

function prefixOf(read: Reader): string {
  const prefix = (read.text("prefix") ?? "").replace(/^\/+|\/+$/g, "");
  if (prefix === "") return "";
  // Bytes of an object's name are signed as they are: what is not plain is a trap at some store.
  if (/^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/.test(prefix) && prefix.length <= 400) {
    if (!prefix.split("/").some((part) => part === "." || part === "..")) return `${prefix}/`;
  }
  throw wrong("prefix", `prefix is ${JSON.stringify(prefix)}: use letters, digits, . _ - and /`);
}

function endpointOf(read: Reader, profile: Profile): string | undefined {
  const endpoint = read.text("endpoint") ?? profile.endpoint;
  if (endpoint === undefined) return undefined;
  const url = URL.parse(endpoint.includes("://") ? endpoint : `https://${endpoint}`);
  if (url !== null && (url.protocol === "https:" || url.protocol === "http:")) {
    if (url.username !== "" || url.password !== "") {
      throw wrong("endpoint", "endpoint holds a user or a password; use access_key and secret_key");
    }
    return url.href.replace(/\/$/, "");
  }
  throw wrong("endpoint", "endpoint is no URL such as https://s3.example.org");
}

function credentialsOf(read: Reader): Credentials | undefined {
  const accessKeyId = read.text("access_key");
  const secretAccessKey = read.text("secret_key");
  const sessionToken = read.text("session_token");
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    if (accessKeyId !== undefined) throw wrong("secret_key", "access_key is given, secret_key not");
    if (secretAccessKey !== undefined)
      throw wrong("access_key", "secret_key is given, access_key not");
    if (sessionToken !== undefined)
      throw wrong("access_key", "session_token is given, access_key not");
    return undefined;
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function multipartOf(read: Reader, profile: Profile, name: ProfileName): boolean {
  if (read.choice("multipart", ["auto", "yes", "no"], "auto") !== "yes") return false;
  if (profile.multipartAllowed) return true;
  throw wrong("multipart", `multipart is yes, and ${name} counts each part as an object at a thaw`);
}

/**
 * Reads the settings.
 * @throws {E_CONFIG} naming the setting that is missing or wrong
 */
export function parseSettings(given: BackendSettings): S3Config {
  const read = new Reader(given);
  const names = Object.keys(profiles) as ProfileName[];
  const name = read.choice("profile", names, "generic");
  const {
    storageClass: usual,
    endpoint: _endpoint,
    tariff: usualTariff,
    ...profile
  } = profiles[name];
  const endpoint = endpointOf(read, profiles[name]);
  const storageClass = read.text("storage_class")?.toUpperCase() ?? usual;
  const archived = isArchived(storageClass);
  const tariff = read.text("tariff") ?? usualTariff;
  const freeRead = read.flag("free_read", profile.freeRead && !archived);
  if (freeRead && archived) {
    throw wrong("free_read", `free_read is yes, and objects of ${storageClass} cost to be read`);
  }
  const checksums: readonly Checksum[] = ["sha256", "crc32", "none"];
  return {
    ...profile,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(tariff === undefined ? {} : { tariff }),
    profile: name,
    bucket: bucketOf(read),
    prefix: prefixOf(read),
    region: read.text("region") ?? profile.region ?? "us-east-1",
    pathStyle: read.flag("path_style", profile.pathStyle),
    credentials: credentialsOf(read),
    create: read.flag("create", false),
    multipart: multipartOf(read, profile, name),
    partBytes: read.whole("part_size", 16, 5, 5120) * MiB,
    connections: read.whole("connections", 4, 1, 64),
    checksum: read.choice("checksum", checksums, profile.checksum),
    conditionalPut: read.flag("conditional_put", profile.conditionalPut),
    sendsTier: read.flag("send_tier", profile.sendsTier),
    listsStates: read.flag("list_states", profile.listsStates),
    freeRead,
    archived,
    // Amazon's is none where a bucket encrypts with KMS, and a listing does not tell of that.
    etagIsMd5: endpoint !== undefined && !/\.amazonaws\.com(?:\.cn)?(?:[:/]|$)/.test(endpoint),
    timeoutMs: read.whole("stall_timeout", 120, 1, 86_400) * 1000,
  };
}

/** The name of an object in the bucket. */
export function storedName(config: S3Config, key: string): string {
  return config.prefix + key;
}

/** The key of a name in the bucket; undefined for what is none of ours. */
export function keyOfStored(config: S3Config, name: string): string | undefined {
  const key = name.slice(config.prefix.length);
  return name.startsWith(config.prefix) && isObjectKey(key) ? key : undefined;
}
