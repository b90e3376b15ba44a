import { ColdstowError, displayPath, nameFromBytes, nameToBytes } from "@coldstow/contracts";
import type { SqlDriver, SqlValue } from "./driver.ts";

/** The id of the directory that everything lies in; its path is "". */
export const rootDirectory = 1;

/** Deeper trees than this are taken for a loop in a damaged catalogue. */
const deepest = 10_000;
const cachedPaths = 10_000;

/**
 * The names of a path. Paths are joined by `/`, have no leading one, and bytes that are not UTF-8
 * stand as surrogate escapes; "" is the root.
 * @throws {E_USAGE} for an empty name, `.`, `..` or a NUL
 */
export function splitPath(path: string): string[] {
  if (path === "") return [];
  const names = path.split("/");
  if (names.every(isName)) return names;
  throw new ColdstowError(
    "E_USAGE",
    `"${displayPath(path)}" is not a path inside an archive: it must be relative, without "." and ".."`,
    { subject: path },
  );
}

/** The path of a name in a directory. */
export function joinPath(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}

/**
 * A name as it is stored. Restoring follows names, so one that could lead elsewhere is refused.
 * @throws {E_CORRUPT}
 */
export function storedName(value: SqlValue | undefined): string {
  const name = value instanceof Uint8Array ? nameFromBytes(value) : "";
  if (isName(name)) return name;
  throw new ColdstowError(
    "E_CORRUPT",
    `the catalogue is damaged: it has the name "${displayPath(name)}"`,
  );
}

function isName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name);
}

/** The id of a directory that has ever held something, or undefined. O(depth). */
export function directoryId(driver: SqlDriver, path: string): number | undefined {
  const find = driver.prepare("SELECT id FROM directory WHERE parent = ? AND name = ?");
  let id = rootDirectory;
  for (const name of splitPath(path)) {
    const row = find.get(id, nameToBytes(name));
    if (row === undefined) return undefined;
    id = Number(row["id"]);
  }
  return id;
}

/** As {@link directoryId}, making what is missing; inside the caller's transaction. O(depth). */
export function ensureDirectory(driver: SqlDriver, path: string): number {
  const find = driver.prepare("SELECT id FROM directory WHERE parent = ? AND name = ?");
  const make = driver.prepare("INSERT INTO directory (parent, name) VALUES (?, ?)");
  let id = rootDirectory;
  for (const name of splitPath(path)) {
    const bytes = nameToBytes(name);
    const row = find.get(id, bytes);
    id = row === undefined ? make.run(id, bytes).lastId : Number(row["id"]);
  }
  return id;
}

/** Paths of directories by id, the last ten thousand kept: entries come in groups of a directory. */
export class DirectoryPaths {
  readonly #driver: SqlDriver;
  readonly #paths = new Map<number, string>();

  constructor(driver: SqlDriver) {
    this.#driver = driver;
  }

  /**
   * O(names up to a directory that is kept).
   * @throws {E_CORRUPT} for an unknown id, a loop, or a name that cannot be one
   */
  path(id: number): string {
    const up = this.#driver.prepare("SELECT parent, name FROM directory WHERE id = ?");
    const names: string[] = [];
    let at = id;
    while (at !== rootDirectory && !this.#paths.has(at)) {
      const row = up.get(at);
      if (row === undefined || names.length >= deepest) {
        throw new ColdstowError(
          "E_CORRUPT",
          `the catalogue is damaged: directory ${id} does not lie under the root`,
        );
      }
      names.push(storedName(row["name"]));
      at = Number(row["parent"]);
    }
    const above = this.#paths.get(at) ?? "";
    if (names.length === 0) return above;
    const path = joinPath(above, names.toReversed().join("/"));
    if (this.#paths.size >= cachedPaths) this.#paths.clear();
    this.#paths.set(id, path);
    return path;
  }
}

/** The path of a directory. O(depth). @throws {E_CORRUPT} */
export function directoryPath(driver: SqlDriver, id: number): string {
  return new DirectoryPaths(driver).path(id);
}
