import { isUtf8Name, nameFromBytes, nameToBytes } from "@coldstow/contracts";
import { readdirSync, readlinkSync } from "node:fs";

const replacement = "\uFFFD";

/** A path as `node:fs` takes it: bytes where it is not UTF-8. */
export function fsPath(path: string): string | Buffer {
  return isUtf8Name(path) ? path : Buffer.from(nameToBytes(path));
}

/** The path of an archive's entry below a directory of this machine; `""` is the directory itself. */
export function below(directory: string, relativePath: string): string {
  if (relativePath === "") return directory;
  return directory.endsWith("/") ? directory + relativePath : `${directory}/${relativePath}`;
}

/** Names in a directory, in the order of their code units. */
export function namesIn(path: string): string[] {
  const at = fsPath(path);
  let names: string[] = readdirSync(at, "utf8");
  // Node puts U+FFFD where a name is not UTF-8; only then are the bytes themselves needed.
  if (names.some((name) => name.includes(replacement))) {
    names = readdirSync(at, "buffer").map((bytes) => nameFromBytes(bytes));
  }
  return names.toSorted();
}

/** What a symlink says, whatever bytes it is made of. */
export function linkTarget(path: string): string {
  return nameFromBytes(readlinkSync(fsPath(path), "buffer"));
}
