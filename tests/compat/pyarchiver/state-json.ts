/** A file as the last scan saw it. */
export interface ScannedFile {
  /** Relative, with the separators of the system. */
  path: string;
  bytes: number;
  /** Whole seconds. */
  modified: number;
}

/** The JSON of the last scan: every scalar a string, `/` escaped, an empty tree an empty string. */
export function stateJson(root: string, files: readonly ScannedFile[] | "synthetic"): string {
  const state = { Generator: "pyArchiver", hash: "fast", root, files: stateFiles(files) };
  // A slash occurs only inside strings, so that every one may be escaped.
  return JSON.stringify(state, undefined, 4).replaceAll("/", String.raw`\/`);
}

function stateFiles(files: readonly ScannedFile[] | "synthetic"): unknown {
  if (files === "synthetic") return [];
  if (files.length === 0) return "";
  return Object.fromEntries(
    files.map(({ path, bytes, modified }) => [
      path,
      {
        hash: `${modified.toString(16)}${bytes.toString(16)}`.toUpperCase(),
        last_modified: String(modified),
        size: String(bytes),
      },
    ]),
  );
}
