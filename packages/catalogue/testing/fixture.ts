import { createHash } from "node:crypto";
import { nameToBytes } from "@coldstow/contracts";
import { Catalogue } from "../src/catalogue.ts";
import { contentWith } from "../src/content-digests.ts";
import type { SqlDriver } from "../src/driver.ts";
import { ensureDirectory } from "../src/path-tree.ts";

export function sha256(text: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(text).digest());
}

export function sha512(text: string): Uint8Array {
  return new Uint8Array(createHash("sha512").update(text).digest());
}

export interface Version {
  readonly kind?: "file" | "directory" | "symlink";
  /** The text whose digest and length the content has. */
  readonly text?: string;
  readonly sizeBytes?: number;
  readonly mtimeNs?: bigint;
  readonly mode?: number;
  readonly target?: string;
}

/** Writes a catalogue's rows directly, as a run would leave them. */
export class Fixture {
  readonly catalogue: Catalogue;
  readonly driver: SqlDriver;
  run = 0;
  #packs = 0;

  private constructor(catalogue: Catalogue) {
    this.catalogue = catalogue;
    this.driver = catalogue.driver;
  }

  static async make(driver: SqlDriver): Promise<Fixture> {
    const facts = { archiveId: "a1", name: "photos", createdNs: 1n };
    return new Fixture(await Catalogue.create(driver, facts));
  }

  begin(kind = "resume", state = "done"): number {
    this.run = this.driver
      .prepare("INSERT INTO run (kind, state, started_ns, ended_ns) VALUES (?, ?, 1, 2)")
      .run(kind, state).lastId;
    return this.run;
  }

  /** Ends the current version at a path, if any, and begins this one. Returns the content's id. */
  put(path: string, version: Version): number | null {
    const { directory, name } = this.#end(path);
    const kind = version.kind ?? "file";
    const size = version.sizeBytes ?? version.text?.length ?? 0;
    const content =
      version.text === undefined ? null : this.content(version.text, version.sizeBytes);
    this.driver
      .prepare(
        `INSERT INTO entry (directory, name, kind, size, mtime_ns, ctime_ns, mode, uid, gid, content, target, first_run)
         VALUES (?, ?, ?, ?, ?, 0, ?, 0, 0, ?, ?, ?)`,
      )
      .run(
        directory,
        name,
        kind,
        size,
        version.mtimeNs ?? 0n,
        version.mode ?? 0o644,
        content,
        version.target === undefined ? null : nameToBytes(version.target),
        this.run,
      );
    return content;
  }

  remove(path: string): void {
    this.#end(path);
  }

  content(text: string, sizeBytes = text.length): number {
    return contentWith(this.driver, { sha256: sha256(text) }, sizeBytes);
  }

  /** A stored pack with these contents, in this order. */
  pack(contents: readonly number[], state = "stored"): number {
    this.#packs += 1;
    const key = `packs/r000001/p${String(this.#packs).padStart(6, "0")}-x.tar.age`;
    const stored = state !== "planned";
    const { lastId: id } = this.driver
      .prepare(
        `INSERT INTO pack (run, number, key, format, sealed, state, size, sha256, created_ns)
         VALUES (?, ?, ?, 'tar', 1, ?, ?, ?, 1)`,
      )
      .run(this.run, this.#packs, key, state, stored ? 1000 : null, stored ? sha256(key) : null);
    let offset = 512;
    for (const content of contents) {
      this.driver
        .prepare(
          `INSERT INTO placement (content, pack, offset, length) SELECT id, ?, ?, size FROM content WHERE id = ?`,
        )
        .run(id, offset, content);
      offset += 1024;
    }
    return id;
  }

  /** Cuts a content into the contents of these texts. */
  slice(content: number, texts: readonly string[]): number[] {
    return texts.map((text, n) => {
      const slice = this.content(text);
      this.driver
        .prepare("INSERT INTO content_slice (content, n, slice) VALUES (?, ?, ?)")
        .run(content, n, slice);
      return slice;
    });
  }

  #end(path: string): { readonly directory: number; readonly name: Uint8Array } {
    const slash = path.lastIndexOf("/");
    const directory = ensureDirectory(this.driver, slash < 0 ? "" : path.slice(0, slash));
    const name = nameToBytes(path.slice(slash + 1));
    this.driver
      .prepare("UPDATE entry SET end_run = ? WHERE directory = ? AND name = ? AND end_run IS NULL")
      .run(this.run, directory, name);
    return { directory, name };
  }
}

/** Every row of something that comes in pages, with how many pages it took. */
export async function allRows<T, C>(
  page: (
    after: C | undefined,
  ) => Promise<{ readonly rows: readonly T[]; readonly next: C | undefined }>,
): Promise<T[]> {
  const rows: T[] = [];
  let after: C | undefined;
  do {
    const one = await page(after);
    rows.push(...one.rows);
    after = one.next;
  } while (after !== undefined);
  return rows;
}

/** Everything that an iterable gives. */
export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
