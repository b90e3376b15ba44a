import type { SqlDriver, SqlValue } from "./driver.ts";

/** Facts about the archive, one value each (docs/formats/catalogue.md, "meta"). No secret is among them. */
export interface Meta {
  /** A random name of the archive that never changes. */
  readonly archive_id: string;
  readonly name: string;
  /** When the catalogue was made, nanoseconds in decimal. */
  readonly created_ns: string;
  /** The tree that is archived, as its ini names it. */
  readonly source: string;
  /** age recipients that packs are sealed to, one a line; empty for an archive that is not encrypted. */
  readonly recipients: string;
  readonly recovery_recipient: string;
  /** The archive's identity, sealed with the passphrase: an age file. */
  readonly identity: Uint8Array;
  /** The ini's text without its secrets. */
  readonly config: string;
  /** The state of a catalogue raised from another program: "pyarchiver" or "odarchive". */
  readonly origin: string;
}

export type MetaKey = keyof Meta;

const blobKeys: ReadonlySet<MetaKey> = new Set<MetaKey>(["identity"]);

/** The fact, or undefined where it was never set or has the wrong type. */
export function getMeta<K extends MetaKey>(driver: SqlDriver, key: K): Meta[K] | undefined {
  const value = driver.prepare("SELECT value FROM meta WHERE key = ?").get(key)?.["value"];
  const fits = blobKeys.has(key) ? value instanceof Uint8Array : typeof value === "string";
  return fits ? (value as Meta[K]) : undefined;
}

/** Sets facts together; `undefined` removes one. */
export function setMeta(
  driver: SqlDriver,
  facts: { readonly [K in MetaKey]?: Meta[K] | undefined },
): void {
  driver.transaction(() => writeMeta(driver, facts));
}

/** As {@link setMeta}, inside the caller's transaction. */
export function writeMeta(
  driver: SqlDriver,
  facts: { readonly [K in MetaKey]?: Meta[K] | undefined },
): void {
  const put = driver.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)");
  const remove = driver.prepare("DELETE FROM meta WHERE key = ?");
  for (const [key, value] of Object.entries(facts) as [MetaKey, SqlValue | undefined][]) {
    if (value === undefined) remove.run(key);
    else put.run(key, value);
  }
}
