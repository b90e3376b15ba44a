/** What a member says of itself besides its name. */
export interface WrittenFile {
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  /** Permission bits. */
  readonly mode: number;
  /** A version that the same extraction wrote there earlier may be replaced. */
  readonly replace: boolean;
}

/** "kept": something was there, and it was not replaced. "same": it was there already as it should be. */
export type WriteOutcome = "written" | "same" | "kept";

/** Where extracted files go. */
export interface TreeWriter {
  /**
   * Writes one file, whole or not at all: if `content` throws, nothing is left and the error goes on.
   * @param path relative with `/`; every name is neither empty, `.` nor `..`
   * @param content yields `sizeBytes` bytes; it need not be read to its end
   * @throws for this file alone: an error of the table, and the extraction goes on with the next
   */
  writeFile(
    path: string,
    content: AsyncIterable<Uint8Array>,
    file: WrittenFile,
  ): Promise<WriteOutcome>;
}
