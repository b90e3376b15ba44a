import { nameFromBytes } from "@coldstow/contracts";
import { maxSparseRanges } from "./blocks.ts";
import { parsePaxTime } from "./pax-time.ts";

/** Records of GNU's sparse formats 0.0, 0.1 and 1.0 (GNU tar manual, "Storing Sparse Files"). */
export interface PaxSparse {
  major: number | undefined;
  minor: number | undefined;
  name: string | undefined;
  realSizeBytes: number | undefined;
  blocks: number | undefined;
  /** Offset and length by turns. */
  numbers: number[];
}

/**
 * What extended headers say. `undefined`: they do not say; `null`: an empty record takes back what
 * a global header said (POSIX pax, "pax Extended Header").
 */
export interface PaxFields {
  path: string | null | undefined;
  linkPath: string | null | undefined;
  sizeBytes: number | null | undefined;
  uid: number | null | undefined;
  gid: number | null | undefined;
  mtimeNs: bigint | null | undefined;
  userName: string | null | undefined;
  groupName: string | null | undefined;
  sparse: PaxSparse | undefined;
}

export function emptyPaxFields(): PaxFields {
  return {
    path: undefined,
    linkPath: undefined,
    sizeBytes: undefined,
    uid: undefined,
    gid: undefined,
    mtimeNs: undefined,
    userName: undefined,
    groupName: undefined,
    sparse: undefined,
  };
}

/** Fields of a member: what its own header says, else what the global one says. */
export function mergePaxFields(global: PaxFields, own: PaxFields): PaxFields {
  return {
    path: own.path === undefined ? global.path : own.path,
    linkPath: own.linkPath === undefined ? global.linkPath : own.linkPath,
    sizeBytes: own.sizeBytes === undefined ? global.sizeBytes : own.sizeBytes,
    uid: own.uid === undefined ? global.uid : own.uid,
    gid: own.gid === undefined ? global.gid : own.gid,
    mtimeNs: own.mtimeNs === undefined ? global.mtimeNs : own.mtimeNs,
    userName: own.userName === undefined ? global.userName : own.userName,
    groupName: own.groupName === undefined ? global.groupName : own.groupName,
    sparse: own.sparse,
  };
}

function decimal(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (to <= from || to - from > 16) return undefined;
  let value = 0;
  for (let i = from; i < to; i += 1) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return Number.isSafeInteger(value) ? value : undefined;
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i += 1) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}

function addSparseMap(sparse: PaxSparse, bytes: Uint8Array): string | undefined {
  sparse.numbers = [];
  for (let from = 0; from < bytes.length;) {
    const comma = bytes.indexOf(0x2c, from);
    const to = comma < 0 ? bytes.length : comma;
    const value = decimal(bytes, from, to);
    if (value === undefined) return "a sparse map is not made of numbers";
    sparse.numbers.push(value);
    if (sparse.numbers.length > 2 * maxSparseRanges) return "a sparse map is too long";
    from = to + 1;
  }
  return undefined;
}

function addSparse(fields: PaxFields, key: string, value: Uint8Array): string | undefined {
  fields.sparse ??= {
    major: undefined,
    minor: undefined,
    name: undefined,
    realSizeBytes: undefined,
    blocks: undefined,
    numbers: [],
  };
  const { sparse } = fields;
  if (key === "name") {
    if (value.length === 0 || value.includes(0)) return "a sparse member's name is no name";
    sparse.name = nameFromBytes(value);
    return undefined;
  }
  if (key === "map") return addSparseMap(sparse, value);
  const number = decimal(value, 0, value.length);
  if (number === undefined) return `the record GNU.sparse.${key} is no number`;
  if (key === "major") sparse.major = number;
  else if (key === "minor") sparse.minor = number;
  else if (key === "size" || key === "realsize") sparse.realSizeBytes = number;
  else if (key === "numblocks") sparse.blocks = number;
  else if (key === "offset" || key === "numbytes") {
    // Format 0.0 gives the map as a row of such records, and each kind has its turn.
    if (sparse.numbers.length % 2 !== (key === "offset" ? 0 : 1)) return "a sparse map is jumbled";
    sparse.numbers.push(number);
    if (sparse.numbers.length > 2 * maxSparseRanges) return "a sparse map is too long";
  }
  return undefined;
}

function applyRecord(fields: PaxFields, key: string, value: Uint8Array): string | undefined {
  const empty = value.length === 0;
  switch (key) {
    case "path":
    case "linkpath":
    case "uname":
    case "gname": {
      if (value.includes(0)) return `the record ${key} holds a NUL`;
      const name = empty ? null : nameFromBytes(value);
      if (key === "path") fields.path = name;
      else if (key === "linkpath") fields.linkPath = name;
      else if (key === "uname") fields.userName = name;
      else fields.groupName = name;
      return undefined;
    }
    case "size":
    case "uid":
    case "gid": {
      const number = empty ? null : decimal(value, 0, value.length);
      if (number === undefined) return `the record ${key} is no number`;
      if (key === "size") fields.sizeBytes = number;
      else fields[key] = number;
      return undefined;
    }
    case "mtime": {
      const time = empty ? null : parsePaxTime(ascii(value, 0, Math.min(value.length, 200)));
      if (time === undefined) return "the record mtime is no time";
      fields.mtimeNs = time;
      return undefined;
    }
    default:
      // hdrcharset needs nothing: names are taken as bytes in any case. Other records are not ours.
      return key.startsWith("GNU.sparse.") ? addSparse(fields, key.slice(11), value) : undefined;
  }
}

/** Longest key that is looked at; longer ones are nobody's. */
const maxKeyBytes = 64;

/**
 * Reads the records of an extended header into `fields`; later ones win. O(bytes).
 *
 * @returns what is wrong in words, or undefined
 */
export function readPaxRecords(bytes: Uint8Array, fields: PaxFields): string | undefined {
  for (let at = 0; at < bytes.length;) {
    let space = at;
    while (space < bytes.length && space - at < 8 && bytes[space] !== 0x20) space += 1;
    const length = bytes[space] === 0x20 ? decimal(bytes, at, space) : undefined;
    const end = at + (length ?? 0);
    if (length === undefined || end > bytes.length || end < space + 4 || bytes[end - 1] !== 0x0a) {
      return "an extended header's record has a wrong length";
    }
    const equals = bytes.subarray(0, end).indexOf(0x3d, space + 1);
    if (equals <= space + 1) return "an extended header's record has no key";
    if (equals - space <= maxKeyBytes) {
      const key = ascii(bytes, space + 1, equals);
      const problem = applyRecord(fields, key, bytes.subarray(equals + 1, end - 1));
      if (problem !== undefined) return problem;
    }
    at = end;
  }
  return undefined;
}
