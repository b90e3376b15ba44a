import type { FreshStat } from "@coldstow/catalogue/journal";
import type { ManifestFile, ManifestPart } from "../manifest/index.ts";
import type { MemberInProgress } from "./pack-files.ts";

/** All that the manifest says of a file that lies in the pack. */
export interface WrittenMember extends MemberInProgress {
  readonly offset: number;
  readonly sha256: Uint8Array;
  readonly storedBytes: number;
  readonly inode: number | undefined;
  readonly part?: ManifestPart;
  readonly torn?: boolean;
}

/** The manifest's line of a stored file or slice. */
export function memberLine(member: WrittenMember): ManifestFile {
  return {
    type: "file",
    path: member.path,
    sizeBytes: member.sizeBytes,
    sha256: hex(member.sha256),
    ...stampOf(member.stat),
    offset: member.offset,
    ...(member.layout && { storedBytes: member.storedBytes }),
    ...(member.inode !== undefined && { inode: member.inode }),
    ...(member.part && { part: member.part }),
    ...(member.torn === true && { torn: true }),
  };
}

/** The metadata of a manifest's line. */
export function stampOf(stat: FreshStat): Pick<ManifestFile, "mtimeNs" | "mode" | "uid" | "gid"> {
  return { mtimeNs: stat.mtimeNs, mode: stat.mode, uid: stat.uid, gid: stat.gid };
}

/** Lower-case hex, as manifests write digests. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
