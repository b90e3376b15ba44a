/** The kinds of file-system objects that are archived, in the order of {@link ScannedDirectory.kinds}. */
export const entryKinds = ["file", "directory", "symlink"] as const;
export type EntryKind = (typeof entryKinds)[number];

/** Numbers per child in {@link ScannedDirectory.numbers}. */
export const numbersPerChild = 8;

/** One directory as the scan found it; columns instead of objects, so that it crosses threads cheaply. */
export interface ScannedDirectory {
  /** Relative to the archived directory; `""` is that directory itself. */
  readonly path: string;
  /** Names of the children, in any order. */
  readonly names: readonly string[];
  /** Index into {@link entryKinds}, one per child. */
  readonly kinds: Uint8Array;
  /** Per child: size, allocated bytes, permission bits, uid, gid, device, inode, number of hard links. */
  readonly numbers: Float64Array;
  /** Per child: mtime and ctime in nanoseconds since 1970. */
  readonly times: BigInt64Array;
  /** Targets of the children that are symlinks, by index. */
  readonly targets: ReadonlyMap<number, string>;
  /** Children that are there but could not be looked at: what is known of them stays. */
  readonly unknown: readonly string[];
}
