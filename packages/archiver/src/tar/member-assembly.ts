import { nameFromBytes } from "@coldstow/contracts";
import { maxExtendedHeaderBytes } from "./blocks.ts";
import type { HeaderBlock } from "./header-block.ts";
import type { SparseLayout } from "./member.ts";
import { emptyPaxFields, mergePaxFields, readPaxRecords, type PaxFields } from "./pax-read.ts";
import type { ReadMember } from "./read-member.ts";

/** Extended headers that may follow one another before a member comes. */
const maxExtendedHeaders = 16;

const kinds: Record<string, ReadMember["kind"]> = {
  "\0": "file",
  "0": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "other",
  "4": "other",
  "5": "directory",
  "6": "other",
  "7": "file",
  S: "file",
  // What GNU tar writes for itself: folder lists, continued volumes, labels, old long names.
  D: "other",
  M: "other",
  N: "other",
  V: "other",
};

/** What the headers of one member say, before the place of its data is known. */
export interface AssembledMember {
  readonly fields: Omit<ReadMember, "sizeBytes" | "dataOffset" | "sparse" | "afterDamage">;
  /** How the sparse map is to be had, if the file is sparse. */
  readonly sparse: "none" | "in-data" | "in-blocks" | { readonly numbers: readonly number[] };
  /** Length of a sparse file. */
  readonly realSizeBytes: number;
}

/** The layout with the member's final places. */
export function placeMember(
  { fields }: AssembledMember,
  dataOffset: number,
  sparse: SparseLayout | undefined,
  afterDamage: boolean,
): ReadMember {
  const sizeBytes = sparse?.realSizeBytes ?? fields.storedBytes;
  return sparse === undefined
    ? { ...fields, sizeBytes, dataOffset, afterDamage }
    : { ...fields, sizeBytes, sparse, dataOffset, afterDamage };
}

/** True for a header whose data say more about the member that follows. */
export function isExtendedHeader(typeFlag: string): boolean {
  return "xgXLK".includes(typeFlag);
}

function withoutSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}

/** Gathers what extended headers say and puts a member together from them and its own header. */
export class MemberAssembly {
  #global: PaxFields = emptyPaxFields();
  #own: PaxFields = emptyPaxFields();
  #longName: string | undefined;
  #longLink: string | undefined;
  #count = 0;

  /** True while extended headers wait for their member. */
  get isPending(): boolean {
    return this.#count > 0;
  }

  /** Forgets what waits for a member. */
  reset(): void {
    if (this.#count === 0) return;
    this.#own = emptyPaxFields();
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#count = 0;
  }

  /** What keeps an extended header from being read, or undefined. */
  extendedProblem(header: HeaderBlock): string | undefined {
    if (header.sizeBytes > maxExtendedHeaderBytes) {
      return `an extended header is larger than ${maxExtendedHeaderBytes} bytes`;
    }
    this.#count += 1;
    return this.#count > maxExtendedHeaders ? "extended headers follow one another" : undefined;
  }

  /** Takes the data of an extended header. Returns what is wrong, or undefined. */
  takeExtended(typeFlag: string, bytes: Uint8Array): string | undefined {
    if (typeFlag === "L" || typeFlag === "K") {
      const nul = bytes.indexOf(0);
      const name = nameFromBytes(nul < 0 ? bytes : bytes.subarray(0, nul));
      if (name === "") return "a long name is empty";
      if (typeFlag === "L") this.#longName = name;
      else this.#longLink = name;
      return undefined;
    }
    if (typeFlag !== "g") return readPaxRecords(bytes, this.#own);
    // A global header waits for no member of its own.
    this.#count -= 1;
    return readPaxRecords(bytes, this.#global);
  }

  /** The member that this header begins, or what is wrong in words. What waited for it is used up. */
  assemble(header: HeaderBlock, headerOffset: number): AssembledMember | string {
    const pax = mergePaxFields(this.#global, this.#own);
    const path = pax.sparse?.name ?? pax.path ?? this.#longName ?? header.path;
    const link = pax.linkPath ?? this.#longLink ?? header.linkTarget;
    this.reset();
    if (path === "") return "a member has no name";
    const plain = kinds[header.typeFlag] ?? "file";
    // Tars older than the flag for directories only have the slash.
    const kind = plain === "file" && path.endsWith("/") ? "directory" : plain;
    const isLink = kind === "symlink" || kind === "hardlink";
    if (isLink && link === "") return "a link has no target";
    // A size in these headers is no data's: GNU tar once gave a hard link the size of its file.
    const hasData = plain === "file" || "DMNV".includes(header.typeFlag);
    const storedBytes = hasData ? (pax.sizeBytes ?? header.sizeBytes) : 0;
    const fields = {
      path: withoutSlashes(path),
      kind,
      typeFlag: header.typeFlag,
      storedBytes,
      mode: header.mode,
      mtimeNs: pax.mtimeNs ?? header.mtimeNs,
      uid: pax.uid ?? header.uid,
      gid: pax.gid ?? header.gid,
      userName: pax.userName ?? header.userName,
      groupName: pax.groupName ?? header.groupName,
      headerOffset,
      ...(isLink ? { linkTarget: link } : {}),
    };
    if (header.typeFlag === "S") return { fields, sparse: "in-blocks", realSizeBytes: 0 };
    if (pax.sparse === undefined || kind !== "file") {
      return { fields, sparse: "none", realSizeBytes: 0 };
    }
    const { major = 0, minor = 0, numbers, blocks, realSizeBytes } = pax.sparse;
    if (realSizeBytes === undefined) return "a sparse member does not give its real size";
    if (major === 1 && minor === 0) return { fields, sparse: "in-data", realSizeBytes };
    if (major !== 0 || minor > 1) return `a sparse member has the unknown format ${major}.${minor}`;
    if (blocks !== undefined && blocks * 2 !== numbers.length) {
      return "a sparse map does not have the number of entries that it should";
    }
    return { fields, sparse: { numbers }, realSizeBytes };
  }
}
