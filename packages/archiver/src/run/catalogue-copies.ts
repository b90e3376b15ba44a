import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createZstdCompress } from "node:zlib";
import { createHash } from "node:crypto";
import { Transform } from "node:stream";
import type { Catalogue } from "@coldstow/catalogue";
import { writeSnapshot } from "@coldstow/catalogue/node";
import { sealStream } from "@coldstow/crypto";
import { fromSystemError, objectKey, type ObjectKey } from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import { nowNs } from "../archive/clock.ts";
import { catalogueKey } from "../archive/object-keys.ts";
import type { Lane } from "./lane.ts";
import { FileBody, type ObjectFacts } from "./pack-body.ts";
import type { RunContext } from "./run-context.ts";

/** How many copies of the catalogue a destination keeps. */
export const keptCatalogueCopies = 5;

/** The time of a copy that is not known to have arrived (docs/formats/catalogue.md, catalogue_copy). */
const onItsWay = 0n;

/**
 * Sends the catalogue, compressed and sealed, to every destination whose copy is older than the newest
 * run, proves that it is there, and removes all but the last few copies. A destination that does not take
 * it is told; the archive itself is whole without it.
 */
export async function sendCatalogue(context: RunContext): Promise<number> {
  const { archive, recipients, spool, progress, uploads } = context;
  const run = await archive.catalogue.newestRun();
  const behind: Lane[] = [];
  for (const lane of uploads.lanes) {
    if (lane.gate.isShut) continue;
    const [newest] = await archive.catalogue.catalogueCopies(lane.destination.id);
    const there = newest !== undefined && newest.run >= run && (await isThere(lane, newest.key));
    if (!there) behind.push(lane);
  }
  if (behind.length === 0) return 0;
  progress({ type: "stage", stage: "catalogue" });
  const snapshot = await spool.newPath("catalogue");
  const sealed = await spool.newPath("catalogue.sealed");
  try {
    writeSnapshot(archive.catalogue.driver, snapshot);
    const written = await compressAndSeal(snapshot, sealed, recipients);
    const copy = { key: catalogueKey(run, recipients.length > 0), run, ...written };
    const body = new FileBody(sealed, written);
    const sent = await Promise.all(behind.map(async (lane) => send(context, lane, copy, body)));
    return sent.filter(Boolean).length;
  } finally {
    await rm(snapshot, { force: true });
    await rm(sealed, { force: true });
  }
}

async function send(
  { archive, uploads }: RunContext,
  lane: Lane,
  copy: { readonly key: ObjectKey; readonly run: number } & ObjectFacts,
  body: FileBody,
): Promise<boolean> {
  const { destination, gate } = lane;
  const row = { ...copy, destination: destination.id };
  try {
    await archive.catalogue.addCatalogueCopy({ ...row, storedNs: onItsWay });
    await uploads.send(lane, copy.key, async () => body.for(destination), { ifAbsent: true });
    await archive.catalogue.addCatalogueCopy({ ...row, storedNs: nowNs() });
    await gate.use(async () => removeOld(archive.catalogue, destination));
    return true;
  } catch (error) {
    gate.tellFailure("did not take the catalogue", error, "The next run sends it again.");
    return false;
  }
}

/** False only where the copy is positively absent. */
async function isThere({ destination, gate }: Lane, key: string): Promise<boolean> {
  try {
    return await gate.use(
      async () => (await destination.backend.stat(objectKey(key))) !== undefined,
    );
  } catch {
    return true;
  }
}

async function compressAndSeal(
  from: string,
  to: string,
  recipients: readonly string[],
): Promise<{ sizeBytes: number; sha256: Uint8Array }> {
  const digest = createHash("sha256");
  let sizeBytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      digest.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    const read = createReadStream(from);
    const compressed = read.pipe(createZstdCompress());
    read.on("error", (error) => compressed.destroy(error));
    const bytes = recipients.length > 0 ? sealStream(compressed, recipients) : compressed;
    await pipeline(bytes, measure, createWriteStream(to, { mode: 0o600 }));
  } catch (error) {
    throw fromSystemError(error, "Writing the catalogue's copy", to);
  }
  return { sizeBytes, sha256: digest.digest() };
}

async function removeOld(catalogue: Catalogue, { backend, id }: OpenDestination): Promise<void> {
  const copies = await catalogue.catalogueCopies(id);
  for (const old of copies.slice(keptCatalogueCopies)) {
    await backend.delete(objectKey(old.key));
    await catalogue.removeCatalogueCopy(id, old.key);
  }
}
