import { createHash, type Hash } from "node:crypto";
import { nameFromBytes, throwIfCancelled } from "@coldstow/contracts";
import {
  deletedPath,
  reservedFolder,
  type ManifestFile,
  type ManifestLine,
} from "../manifest/index.ts";
import { memberPathProblem, TarReader, type ReadMember } from "../tar/index.ts";
import { readPastDamage } from "./read-past-damage.ts";
import type { PackObject } from "./source-object.ts";

/** A member of a tar in the words of a manifest. */
export interface MemberLine {
  readonly line: Exclude<ManifestLine, { type: "hardlink" }> | TarHardlink;
  /** Bytes of it are lost: its digest is that of zeros in their place. */
  readonly damaged: boolean;
  /** It was found behind damage: it may be a member of a tar that lies in the tar. */
  readonly afterDamage: boolean;
}

/** A hard link as the tar alone tells it: without digest and metadata. */
export interface TarHardlink {
  readonly type: "tar-hardlink";
  readonly path: string;
  readonly link: string;
}

export interface MemberLineOptions {
  readonly identities: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly gapBytes: readonly number[];
}

const zeros = new Uint8Array(1 << 20);

/**
 * What the members of a pack say themselves, for a pack whose manifest is damaged or missing: files are
 * hashed here. The names in `.coldstow/deleted` come as `deleted` lines. O(pack); memory flat.
 */
export async function readMemberLines(
  pack: PackObject,
  options: MemberLineOptions,
  onLine: (line: MemberLine) => void,
): Promise<void> {
  const { identities, gapBytes, signal } = options;
  let lost = false;
  let file: FileDigest | undefined;
  let deleted: Buffer[] | undefined;
  const tar = new TarReader(
    {
      memberStart: (member) => {
        file = undefined;
        deleted = undefined;
        if (member.path === deletedPath) deleted = [];
        else if (isReserved(member.path) || memberPathProblem(member.path) !== undefined) return;
        else if (member.kind === "file") file = new FileDigest(member);
        else tell(member, onLine);
      },
      data: (bytes, fileOffset) => {
        file?.take(bytes, fileOffset, lost);
        if (deleted === undefined) return;
        deleted = [takeNames(Buffer.concat([...deleted, bytes]), onLine)];
      },
      memberEnd: (_, missingBytes) => {
        if (file !== undefined) onLine(file.finish(missingBytes));
      },
      skipped: () => undefined,
      end: () => undefined,
    },
    { resync: true },
  );
  const stretches = readPastDamage(pack, { identities, gapBytes, onDamage: () => undefined });
  for await (const stretch of stretches) {
    throwIfCancelled(signal);
    lost = stretch.lost;
    tar.feed(stretch.bytes);
  }
  tar.finish();
}

function isReserved(path: string): boolean {
  return path === reservedFolder || path.startsWith(`${reservedFolder}/`);
}

const longestName = 1 << 16;

/** Tells of each name that is whole. @returns what is left */
function takeNames(bytes: Buffer, onLine: (line: MemberLine) => void): Buffer {
  let at = 0;
  for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, at)) {
    const path = nameFromBytes(bytes.subarray(at, end));
    at = end + 1;
    if (memberPathProblem(path) !== undefined || isReserved(path) || path === ".") continue;
    onLine({ line: { type: "deleted", path }, damaged: false, afterDamage: false });
  }
  const rest = bytes.subarray(at);
  return rest.length > longestName ? Buffer.alloc(0) : rest;
}

function tell(member: ReadMember, onLine: (line: MemberLine) => void): void {
  const { path, linkTarget, afterDamage } = member;
  const stamp = stampOf(member);
  const damaged = false;
  if (member.kind === "directory") {
    onLine({ line: { type: "directory", path, ...stamp }, damaged, afterDamage });
  } else if (member.kind === "symlink" && linkTarget !== undefined) {
    const line = { type: "symlink", path, target: linkTarget, ...stamp } as const;
    onLine({ line, damaged, afterDamage });
  } else if (member.kind === "hardlink" && linkTarget !== undefined) {
    if (memberPathProblem(linkTarget) !== undefined) return;
    onLine({ line: { type: "tar-hardlink", path, link: linkTarget }, damaged, afterDamage });
  }
}

function stampOf(member: ReadMember): Pick<ManifestFile, "mode" | "mtimeNs" | "uid" | "gid"> {
  const { mode, mtimeNs, uid, gid } = member;
  return { mode: mode & 0o7777, mtimeNs: BigInt.asIntN(64, mtimeNs), uid, gid };
}

/** Hashes one member's content, holes and all. */
class FileDigest {
  readonly #member: ReadMember;
  readonly #hash: Hash = createHash("sha256");
  #position = 0;
  #damaged = false;

  constructor(member: ReadMember) {
    this.#member = member;
  }

  take(bytes: Uint8Array, offset: number, lost: boolean): void {
    this.#hole(offset - this.#position);
    this.#hash.update(bytes);
    this.#position = offset + bytes.length;
    this.#damaged ||= lost;
  }

  finish(missingBytes: number): MemberLine {
    const { path, sizeBytes, storedBytes, dataOffset, sparse, afterDamage } = this.#member;
    this.#hole(sizeBytes - this.#position);
    const line: ManifestFile = {
      type: "file",
      path,
      sizeBytes,
      sha256: this.#hash.digest("hex"),
      ...stampOf(this.#member),
      offset: dataOffset,
      ...(sparse && { storedBytes }),
    };
    return { line, damaged: this.#damaged || missingBytes > 0, afterDamage };
  }

  #hole(bytes: number): void {
    for (let left = bytes; left > 0; left -= zeros.length) {
      this.#hash.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
    }
  }
}
