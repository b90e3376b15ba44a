import { nameFromBytes } from "@coldstow/contracts";
import type { SqlDriver, SqlStatement } from "../driver.ts";

const cacheLimit = 20_000;

/** Paths of directories by their id, remembered up to a limit. O(depth) for one not remembered. */
export class DirectoryPaths {
  readonly #parentOf: SqlStatement;
  readonly #known = new Map<number, string>();

  constructor(driver: SqlDriver) {
    this.#parentOf = driver.prepare("SELECT parent, name FROM directory WHERE id = ?");
  }

  /** `""` for the archived directory itself. */
  path(id: number): string {
    if (id === 1) return "";
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const row = this.#parentOf.get(id);
    if (row === undefined) throw new RangeError(`no directory ${id}`);
    const path = join(this.path(Number(row["parent"])), row["name"]);
    if (this.#known.size >= cacheLimit) this.#known.clear();
    this.#known.set(id, path);
    return path;
  }

  /** The path of a child of a directory. */
  child(directory: unknown, name: unknown): string {
    return join(this.path(Number(directory)), name);
  }
}

function join(parent: string, name: unknown): string {
  const own = nameFromBytes(name as Uint8Array);
  return parent === "" ? own : `${parent}/${own}`;
}
