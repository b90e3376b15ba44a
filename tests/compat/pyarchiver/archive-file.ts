import { DatabaseSync } from "node:sqlite";
import xxhash from "xxhash-wasm";

/** The forms of `.archive` files that exist in the wild. */
export const variants = [
  "v2",
  "v2 without version",
  "v2 with empty version",
  "v2 with old queue",
  "v2 without tars_to_fetch",
  "v1",
  "v1 with local sender",
  "v1 with sftp sender",
] as const;

/** One of the forms. */
export type Variant = (typeof variants)[number];

/** What an `.archive` file says. */
export interface ArchiveContent {
  /** The last scan, as JSON. */
  state: string;
  ini: string;
  /** Files that are not sent yet. */
  queue: readonly { path: string; bytes: number }[];
  /** Remote paths of the tars that were sent. */
  tars: readonly string[];
  /** Undefined when the archive is not ciphered. */
  password: string | undefined;
  /** The folder of the tars at the destination. */
  remoteDir: string;
}

/** Writes an `.archive` file; `path` must not exist. */
export async function writeArchiveFile(
  path: string,
  variant: Variant,
  content: ArchiveContent,
): Promise<void> {
  const hashing = await xxhash();
  const hashOf = (text: string): bigint => hashing.h64(text, 0n) - 2n ** 63n;
  const database = new DatabaseSync(path);
  try {
    database.exec("BEGIN");
    writeVersion(database, variant);
    database.exec("CREATE TABLE json(state_dir BLOB UNIQUE)");
    database.prepare("INSERT INTO json VALUES (?)").run(Buffer.from(content.state));
    writeOrigin(database, variant, content);
    writeQueue(database, variant, content, hashOf);
    database.exec("CREATE TABLE tars(path TEXT)");
    const tar = database.prepare("INSERT INTO tars VALUES (?)");
    for (const remote of content.tars) tar.run(remote);
    writeTarsToFetch(database, variant, content, hashOf);
    database.exec("CREATE TABLE cipher(type TEXT, key TEXT)");
    const { password } = content;
    database
      .prepare("INSERT INTO cipher VALUES (?, ?)")
      .run(password === undefined ? "dummy" : "aes", password ?? "");
    database.exec("COMMIT");
  } finally {
    database.close();
  }
}

function writeVersion(database: DatabaseSync, variant: Variant): void {
  if (variant.startsWith("v1") || variant === "v2 without version") return;
  database.exec("CREATE TABLE version(version INTEGER PRIMARY KEY)");
  if (variant !== "v2 with empty version") database.exec("INSERT INTO version VALUES (2)");
}

/** The ini or, in the oldest files, the sender alone. */
function writeOrigin(database: DatabaseSync, variant: Variant, content: ArchiveContent): void {
  if (variant === "v1 with local sender") {
    database.exec("CREATE TABLE sender(type TEXT, dir_out TEXT)");
    database.prepare("INSERT INTO sender VALUES ('local', ?)").run(content.remoteDir);
    return;
  }
  if (variant === "v1 with sftp sender") {
    database.exec(
      "CREATE TABLE sender(type TEXT, host TEXT, port INTEGER, user TEXT, password TEXT, dir TEXT)",
    );
    database
      .prepare("INSERT INTO sender VALUES ('sftp', 'storage.example', 22, 'user', 'p%w', ?)")
      .run(content.remoteDir);
    return;
  }
  database.exec("CREATE TABLE config(ini TEXT UNIQUE)");
  database.prepare("INSERT INTO config VALUES (?)").run(content.ini);
}

function writeQueue(
  database: DatabaseSync,
  variant: Variant,
  { queue }: ArchiveContent,
  hashOf: (text: string) => bigint,
): void {
  if (variant.startsWith("v1") || variant === "v2 with old queue") {
    database.exec("CREATE TABLE files_to_archive(path TEXT, size INTEGER)");
    const insert = database.prepare("INSERT INTO files_to_archive VALUES (?, ?)");
    for (const { path, bytes } of queue) insert.run(path, bytes);
    // Nothing kept the old queue from naming a file twice.
    for (const { path, bytes } of queue.slice(0, 1)) insert.run(path, bytes);
    return;
  }
  database.exec("CREATE TABLE files_to_archive(hash INTEGER PRIMARY KEY, path TEXT, size INTEGER)");
  const insert = database.prepare("INSERT INTO files_to_archive VALUES (?, ?, ?)");
  for (const { path, bytes } of queue) insert.run(hashOf(path), path, bytes);
}

function writeTarsToFetch(
  database: DatabaseSync,
  variant: Variant,
  { tars }: ArchiveContent,
  hashOf: (text: string) => bigint,
): void {
  if (variant.startsWith("v1") || variant === "v2 without tars_to_fetch") return;
  database.exec("CREATE TABLE tars_to_fetch(hash INTEGER PRIMARY KEY, path TEXT)");
  const insert = database.prepare("INSERT INTO tars_to_fetch VALUES (?, ?)");
  for (const remote of tars.slice(-1)) insert.run(hashOf(remote), remote);
}
