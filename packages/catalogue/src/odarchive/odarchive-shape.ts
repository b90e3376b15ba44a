import { ColdstowError, displayPath, nameFromBytes } from "@coldstow/contracts";
import { fromBase64, fromHex } from "../bytes-text.ts";
import { splitPath } from "../path-tree.ts";
import { parseTime } from "./odarchive-time.ts";

/** Text longer than this is refused: parsing takes several times its size in memory. */
export const longestCatalogueJson: number = 256 * 1024 * 1024;

/** What stands beside `files`. */
export interface OdarchiveHead {
  readonly version: 1 | 2 | 3;
  readonly guid: string | undefined;
  readonly jobName: string | undefined;
  /** The folder of a disc in which the files lie, with its slash in front. */
  readonly root: string;
  readonly segmentBytes: number | undefined;
}

export interface OdarchiveFile {
  readonly sha512: Uint8Array | undefined;
  readonly sha256: Uint8Array | undefined;
  readonly sizeBytes: number;
  /** From 0; undefined where it names none. */
  readonly discNumber: number | undefined;
  /** Where it lies on discs, where `disc_num` alone does not tell (version 3). */
  readonly places: readonly DiscPlace[];
  /** Paths below the root, each with its time. */
  readonly names: readonly { readonly path: string; readonly mtimeNs: bigint }[];
}

/** A file on a disc that holds these bytes of a content. */
export interface DiscPlace {
  readonly discNumber: number;
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the JSON and what stands beside `files`.
 * @throws {E_FORMAT} if it is not a catalogue.json, {E_NEWER_FORMAT} for a version above 3
 */
export function parseHead(text: string): { readonly head: OdarchiveHead; readonly files: Json } {
  if (text.length > longestCatalogueJson) {
    throw wrong(
      `it has ${text.length} characters; more than ${longestCatalogueJson} cannot be read`,
    );
  }
  const value = object(parseJson(text), "the file");
  const version = value["version"];
  if (typeof version === "number" && version > 3) {
    throw new ColdstowError(
      "E_NEWER_FORMAT",
      `the catalogue.json has version ${version}; versions 1 to 3 are known`,
    );
  }
  if (version !== 1 && version !== 2 && version !== 3) throw wrong("it has no known version");
  const segment = value["segment_size"];
  const head: OdarchiveHead = {
    version,
    guid: optionalText(value["guid"]),
    jobName: optionalText(value["job_name"]),
    root: optionalText(value["iso_path_root"]) ?? "/DATA",
    segmentBytes: isCount(segment) ? segment : undefined,
  };
  return { head, files: object(value["files"], "files") };
}

/**
 * One line of `files`.
 * @param zone what a time without a zone is taken for
 * @throws {E_FORMAT}
 */
export function parseFile(
  key: string,
  value: unknown,
  head: OdarchiveHead,
  zone: "local" | "utc",
): OdarchiveFile {
  const file = object(value, "a file");
  const size = file["size"];
  if (!isCount(size)) throw wrong(`${key} has no size`);
  const disc = file["disc_num"] ?? undefined;
  if (disc !== undefined && !isCount(disc)) {
    throw wrong(`${key} has a disc_num that is no number`);
  }
  const mtime = parseTime(requiredText(file["mtime"], `the mtime of ${key}`), zone);
  const names = Object.entries(object(file["filenames"], `the filenames of ${key}`));
  if (names.length === 0) throw wrong(`${key} has no name`);
  const own = file["sha256"];
  return {
    sha512: key.length === 128 ? digest(key, 64) : undefined,
    sha256:
      own === undefined
        ? key.length === 128
          ? undefined
          : digest(key, 32)
        : digest(requiredText(own, "a sha256"), 32),
    sizeBytes: size,
    discNumber: disc,
    places: parsePlaces(file["discs"], size),
    names: names.map(([name, facts]) => parseName(name, facts, head.root, mtime, zone)),
  };
}

function parseName(
  name: string,
  facts: unknown,
  root: string,
  mtime: bigint,
  zone: "local" | "utc",
): { readonly path: string; readonly mtimeNs: bigint } {
  const more: Json = facts === null ? {} : object(facts, `the facts of "${displayPath(name)}"`);
  const base64 = optionalText(more["path_b64"]);
  const full = base64 === undefined ? name : nameFromBytes(bytesOf(base64));
  const below = full.startsWith(`${root}/`) ? full.slice(root.length) : full;
  const path = below.replace(/^\/+/, "");
  try {
    if (splitPath(path).length === 0) throw wrong("a file has no name");
  } catch (error) {
    throw new ColdstowError("E_FORMAT", `"${displayPath(name)}" cannot be the name of a file`, {
      cause: error,
    });
  }
  const own = optionalText(more["mtime"]);
  return { path, mtimeNs: own === undefined ? mtime : parseTime(own, zone) };
}

function parsePlaces(value: unknown, sizeBytes: number): DiscPlace[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw wrong("discs is no list");
  return value.map((one: unknown) => {
    const place = object(one, "a place on a disc");
    const [discNumber, offset, length] = ["disc_num", "offset", "length"].map((key) => place[key]);
    const base64 = optionalText(place["path_b64"]);
    const path =
      base64 === undefined ? optionalText(place["path"]) : nameFromBytes(bytesOf(base64));
    if (!isCount(discNumber) || !isCount(offset) || !isCount(length) || path === undefined) {
      throw wrong("a place on a disc is not told whole");
    }
    if (offset + length > sizeBytes) throw wrong("a place on a disc lies behind the file's end");
    return { discNumber, path, offset, length };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrong("it is not JSON", error);
  }
}

function object(value: unknown, what: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw wrong(`${what} is no object`);
}

function optionalText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function requiredText(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw wrong(`${what} is no text`);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function digest(hex: string, bytes: number): Uint8Array {
  const value = hex.length === bytes * 2 ? fromHex(hex) : undefined;
  if (value !== undefined) return value;
  throw wrong(`"${displayPath(hex.slice(0, 140))}" is not a digest in hexadecimal`);
}

function bytesOf(base64: string): Uint8Array {
  const bytes = fromBase64(base64);
  if (bytes !== undefined) return bytes;
  throw wrong("a path_b64 is not base64");
}

function wrong(what: string, cause?: unknown): ColdstowError {
  return new ColdstowError("E_FORMAT", `the catalogue.json cannot be read: ${what}`, { cause });
}
