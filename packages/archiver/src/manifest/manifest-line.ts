/** The first line of a manifest (docs/formats/manifest.md, "Header"). */
export interface ManifestHeader {
  /** UUID of the archive, lower case. */
  readonly archive: string;
  /** Run that wrote the pack, from 1. */
  readonly run: number;
  /** Number of the pack within its run, from 1. */
  readonly pack: number;
  /** When the pack was written, ISO 8601 UTC. */
  readonly created: string;
}

/** The content that a slice was cut from. */
export interface ManifestWhole {
  readonly path: string;
  readonly sizeBytes: number;
  /** Lower-case hex. Given on the last slice only, because it is not known before. */
  readonly sha256?: string;
}

/** Which slice of a content a member holds. */
export interface ManifestPart {
  /** From 1 to `of`. */
  readonly n: number;
  readonly of: number;
  readonly whole: ManifestWhole;
}

interface Named {
  /** Path of the member with surrogate escapes. */
  readonly path: string;
}

interface Stamped extends Named {
  /** Nanoseconds since 1970, within a signed 64-bit integer. */
  readonly mtimeNs: bigint;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

interface WithContent extends Stamped {
  /** Length of the content, holes counted. */
  readonly sizeBytes: number;
  /** SHA-256 of the content, lower-case hex. */
  readonly sha256: string;
  /** Number that all names of one file of the source tree share, where there are several. */
  readonly inode?: number;
}

/** A file, or a slice of one, whose bytes lie in this pack. */
export interface ManifestFile extends WithContent {
  readonly type: "file";
  /** Where its stored bytes begin in the uncompressed tar. */
  readonly offset: number;
  /** Given for a sparse file only: bytes in the tar, map and data. */
  readonly storedBytes?: number;
  readonly part?: ManifestPart;
  /** The source shrank while it was read, and the rest is zeros. */
  readonly torn?: true;
}

/** A name whose content lies under another name. */
export interface ManifestHardlink extends WithContent {
  readonly type: "hardlink";
  /** Path of the member that holds the content. */
  readonly link: string;
  /** True for a hard link of the source tree; else the contents are only equal. */
  readonly same?: true;
  readonly part?: ManifestPart;
}

export interface ManifestDirectory extends Stamped {
  readonly type: "directory";
}

export interface ManifestSymlink extends Stamped {
  readonly type: "symlink";
  readonly target: string;
}

/** A name that is gone since the run before. */
export interface ManifestDeleted extends Named {
  readonly type: "deleted";
}

/** A file whose content lies under the same path in an earlier pack, and whose mode, owner or time changed. */
export interface ManifestMetadata extends WithContent {
  readonly type: "metadata";
}

/** A line behind the first (docs/formats/manifest.md, "Lines"). */
export type ManifestLine =
  | ManifestFile
  | ManifestHardlink
  | ManifestDirectory
  | ManifestSymlink
  | ManifestDeleted
  | ManifestMetadata;

/** Path of the manifest in its pack. */
export const manifestPath = ".coldstow/manifest.jsonl";

/** Path of the list of gone names in its pack. */
export const deletedPath = ".coldstow/deleted";

/** The folder at the top of a tree that belongs to coldstow and is never archived. */
export const reservedFolder = ".coldstow";

/** Longest line of a manifest, its line feed counted. */
export const maxManifestLineBytes: number = 1 << 20;
