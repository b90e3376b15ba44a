import { ColdstowError } from "@coldstow/contracts";
import type { SqlDriver } from "./driver.ts";

/** A content's digests, at least one of them known. */
export interface ContentDigests {
  readonly sha256?: Uint8Array | undefined;
  readonly sha512?: Uint8Array | undefined;
}

/** The content that has one of these digests, or undefined. */
export function contentByDigest(driver: SqlDriver, digests: ContentDigests): number | undefined {
  const { sha256, sha512 } = digests;
  const byOwn =
    sha256 === undefined
      ? undefined
      : driver.prepare("SELECT id FROM content WHERE sha256 = ?").get(sha256);
  const row =
    byOwn ??
    (sha512 === undefined
      ? undefined
      : driver
          .prepare("SELECT content AS id FROM content_digest WHERE algorithm = ? AND digest = ?")
          .get("sha512", sha512));
  return row === undefined ? undefined : Number(row["id"]);
}

/**
 * The content that has these digests, made if it is new, and whichever digest was not known yet is
 * noted. Inside the caller's transaction.
 * @throws {E_FORMAT} if a known content of that digest has another size or another digest
 */
export function contentWith(driver: SqlDriver, digests: ContentDigests, sizeBytes: number): number {
  const known = contentByDigest(driver, digests);
  const id =
    known ??
    driver
      .prepare("INSERT INTO content (sha256, size) VALUES (?, ?)")
      .run(digests.sha256 ?? null, sizeBytes).lastId;
  const size = driver.prepare("SELECT size FROM content WHERE id = ?").get(id)?.["size"];
  if (size !== sizeBytes) {
    throw new ColdstowError(
      "E_FORMAT",
      `a content of ${sizeBytes} bytes is listed under a digest that the catalogue knows for ${String(size)} bytes`,
    );
  }
  if (digests.sha512 !== undefined) {
    driver
      .prepare("INSERT OR IGNORE INTO content_digest (algorithm, digest, content) VALUES (?, ?, ?)")
      .run("sha512", digests.sha512, id);
  }
  return digests.sha256 === undefined ? id : learnSha256(driver, id, digests.sha256);
}

/**
 * Notes the SHA-256 of a content of which only another digest was known. If the catalogue has that
 * content already, the two become one. Inside the caller's transaction.
 * @returns the id that the content has from now on
 * @throws {E_FORMAT} if it has another SHA-256
 */
export function learnSha256(driver: SqlDriver, content: number, sha256: Uint8Array): number {
  const row = driver
    .prepare("SELECT sha256 = ? AS same FROM content WHERE id = ?")
    .get(sha256, content);
  if (row?.["same"] === 1) return content;
  if (row === undefined || row["same"] === 0) {
    throw new ColdstowError(
      "E_FORMAT",
      `content ${content} is not the one with this SHA-256; nothing was noted`,
    );
  }
  const twin = driver.prepare("SELECT id FROM content WHERE sha256 = ?").get(sha256)?.["id"];
  if (typeof twin !== "number") {
    driver.prepare("UPDATE content SET sha256 = ? WHERE id = ?").run(sha256, content);
    return content;
  }
  for (const column of [
    "entry SET content",
    "content_digest SET content",
    "content_slice SET slice",
    "disc_file SET content",
  ]) {
    const name = column.split(" ").at(-1) ?? "";
    driver.prepare(`UPDATE ${column} = ? WHERE ${name} = ?`).run(twin, content);
  }
  for (const table of ["placement", "content_slice"]) {
    driver
      .prepare(`UPDATE OR IGNORE ${table} SET content = ? WHERE content = ?`)
      .run(twin, content);
    driver.prepare(`DELETE FROM ${table} WHERE content = ?`).run(content);
  }
  driver.prepare("DELETE FROM content WHERE id = ?").run(content);
  return twin;
}
