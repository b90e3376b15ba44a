import { archivedPath, isWindowsRoot } from "./archived-path.ts";
import { JsonReader } from "./json-reader.ts";
import { pyFormatError } from "./py-format-error.ts";

/** A file as pyArchiver's last scan saw it. */
export interface PyFile {
  /** Relative to the root, with `/` and surrogate escapes. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Whole seconds since 1970. */
  readonly mtimeSeconds: number;
}

/** What stands around the list of files. */
export interface StateHead {
  readonly root: string | undefined;
  /** Where the list of files begins in the JSON; undefined where there is none. */
  readonly filesOffset: number | undefined;
}

const openBrace = 0x7b;
/** The last second that a catalogue's nanoseconds can hold. */
const lastSecond = 9_223_372_036;

/** Reads the root and finds the files (docs/formats/pyarchiver.md §2). O(bytes) where the root comes last. */
export function readStateHead(bytes: Uint8Array): StateHead {
  const reader = new JsonReader(bytes);
  let root: string | undefined;
  let filesOffset: number | undefined;
  for (const key of reader.keys()) {
    if (key === "files") {
      reader.next();
      filesOffset = reader.offset;
      if (root !== undefined) break;
      reader.skip();
    } else if (key === "root") {
      root = reader.scalar();
      if (filesOffset !== undefined) break;
    } else reader.skip();
  }
  return { root, filesOffset };
}

/**
 * The files of the state one by one, in its order; a path may come twice. O(bytes); memory: one file.
 * @param onRefused hears of paths that no tree can have; they are left out
 * @throws {E_FORMAT} at the first thing that is malformed
 */
export function* stateFiles(
  bytes: Uint8Array,
  { root, filesOffset }: StateHead,
  onRefused: (path: string) => void = () => {},
): Generator<PyFile, void, undefined> {
  if (filesOffset === undefined) return;
  const reader = new JsonReader(bytes, filesOffset);
  // A tree without files is an empty string, a state that was never scanned an empty list.
  if (reader.next() !== openBrace) {
    reader.skip();
    return;
  }
  const windows = root !== undefined && isWindowsRoot(root);
  for (const key of reader.keys()) {
    const facts = fileFacts(reader, key);
    const path = archivedPath(key, windows);
    if (path === undefined) onRefused(key);
    else yield { path, ...facts };
  }
  // What was cut off behind the files was cut off from them, too, for all that anyone knows.
  if (reader.next() === -1) throw pyFormatError("its state ends too early");
}

function fileFacts(reader: JsonReader, path: string): Omit<PyFile, "path"> {
  let size: string | undefined;
  let modified: string | undefined;
  for (const key of reader.keys()) {
    if (key === "size") size = reader.scalar();
    else if (key === "last_modified") modified = reader.scalar();
    else reader.skip();
  }
  const sizeBytes = /^\d{1,16}$/.test(size ?? "") ? Number(size) : Number.NaN;
  const seconds = /^-?\d{1,20}$/.test(modified ?? "") ? Number(modified) : Number.NaN;
  if (!Number.isSafeInteger(sizeBytes) || Number.isNaN(seconds)) {
    throw pyFormatError(
      `its state gives no size or no time for ${JSON.stringify(path.slice(0, 200))}`,
    );
  }
  const mtimeSeconds = Math.max(-lastSecond, Math.min(lastSecond, seconds));
  return { sizeBytes, mtimeSeconds };
}
