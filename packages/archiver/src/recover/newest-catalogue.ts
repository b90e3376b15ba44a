import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";
import { Catalogue } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import { ColdstowError, isColdstowError, type ProgressSink } from "@coldstow/contracts";
import { openStream } from "@coldstow/crypto";
import { isCatalogueCopy, type RecoverySource, type SourceObject } from "./source-object.ts";
import { removeDatabase } from "./work-database.ts";

export interface NewestCatalogueOptions {
  readonly identities: readonly string[];
  /** A file that does not exist: the catalogue is made there. */
  readonly path: string;
  readonly progress: ProgressSink;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes the newest copy of the catalogue that can be read and has no contradiction in it.
 * @returns the name of the copy; undefined where there is none, and nothing is left at `path`
 */
export async function takeNewestCatalogue(
  source: RecoverySource,
  options: NewestCatalogueOptions,
): Promise<string | undefined> {
  const copies: SourceObject[] = [];
  for await (const object of source.list()) if (isCatalogueCopy(object.name)) copies.push(object);
  copies.sort((a, b) => (nameOf(a) < nameOf(b) ? 1 : -1));
  for (const copy of copies) {
    try {
      await unpack(copy, options);
      await check(options.path);
      return copy.name;
    } catch (error) {
      removeDatabase(options.path);
      if (!isColdstowError(error) || !copyErrors.has(error.code)) throw error;
      options.progress({
        type: "item",
        outcome: "damaged",
        name: copy.name,
        code: error.code,
        message: `This copy of the catalogue cannot be used: ${error.message}${frozenHint(error)}`,
      });
    }
  }
  return undefined;
}

const copyErrors: ReadonlySet<string> = new Set([
  "E_FIXITY",
  "E_FORMAT",
  "E_CORRUPT",
  "E_WRONG_KEY",
  "E_NOT_FOUND",
  "E_PERMISSION",
  "E_FROZEN",
  "E_THAWING",
  "E_INTERNAL",
]);

/** A person can do something about it, and nothing is lost. */
function frozenHint({ code, hint, message }: ColdstowError): string {
  return code === "E_FROZEN" ? `${message.endsWith(".") ? "" : "."} ${hint}` : "";
}

/** The copies of one run sort among themselves by chance; the run decides. */
function nameOf(object: SourceObject): string {
  return object.name.slice(object.name.lastIndexOf("/") + 1);
}

async function unpack(copy: SourceObject, options: NewestCatalogueOptions): Promise<void> {
  const stored = ownPieces(copy.open());
  const plain = copy.name.endsWith(".age") ? openStream(stored, options.identities) : stored;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  try {
    await pipeline(
      Readable.from(ownPieces(plain)),
      createZstdDecompress(),
      createWriteStream(options.path, { flags: "wx", mode: 0o600 }),
      signal,
    );
  } catch (error) {
    if (isColdstowError(error)) throw error;
    const code = String((error as { code?: unknown }).code);
    if (code === "ABORT_ERR")
      throw new ColdstowError("E_CANCELLED", "Interrupted.", { cause: error });
    if (code.startsWith("ZSTD") || code.startsWith("Z_") || code === "ERR_BUFFER_TOO_LARGE") {
      throw new ColdstowError("E_FIXITY", "Its compressed data are damaged.", { cause: error });
    }
    throw error;
  }
}

/** A stream keeps what it is given, and sources re-use their buffers. */
async function* ownPieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield piece.slice();
}

async function check(path: string): Promise<void> {
  const catalogue = await Catalogue.open(openNodeDriver(path));
  try {
    for await (const { message } of catalogue.integrityCheck()) {
      throw new ColdstowError("E_CORRUPT", `It contradicts itself: ${message}.`);
    }
  } finally {
    await catalogue.close();
  }
}
