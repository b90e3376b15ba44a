import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createZstdCompress } from "node:zlib";
import { createHash } from "node:crypto";
import { Transform } from "node:stream";
import { writeSnapshot } from "@coldstow/catalogue/node";
import { sealStream } from "@coldstow/crypto";
import { fromSystemError, isColdstowError, objectKey } from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import { nowNs } from "../archive/clock.ts";
import { catalogueKey } from "../archive/object-keys.ts";
import { fileSource } from "../files/file-source.ts";
import { hex } from "../pack/member-line.ts";
import { checkedCopy } from "./publish-pack.ts";
import type { RunContext } from "./run-context.ts";

/** How many copies of the catalogue a destination keeps. */
export const keptCatalogueCopies = 5;

/** The time of a copy that is not known to have arrived (docs/formats/catalogue.md, catalogue_copy). */
const onItsWay = 0n;

/**
 * Sends the catalogue, compressed and sealed, to every destination whose copy is older than the newest
 * run, and removes all but the last few copies there. A destination that does not take it is told; the
 * archive itself is whole without it.
 */
export async function sendCatalogue(context: RunContext): Promise<number> {
  const { archive, recipients, spool, progress } = context;
  const run = await archive.catalogue.newestRun();
  const behind: OpenDestination[] = [];
  for (const destination of archive.destinations) {
    const [newest] = await archive.catalogue.catalogueCopies(destination.id);
    const there =
      newest !== undefined && newest.run >= run && (await isThere(destination, newest.key));
    if (!there) behind.push(destination);
  }
  if (behind.length === 0) return 0;
  progress({ type: "stage", stage: "catalogue" });
  const snapshot = await spool.newPath("catalogue");
  const sealed = await spool.newPath("catalogue.sealed");
  let sent = 0;
  try {
    writeSnapshot(archive.catalogue.driver, snapshot);
    const written = await compressAndSeal(snapshot, sealed, recipients);
    const key = catalogueKey(run, recipients.length > 0);
    const source = fileSource(sealed, written.sizeBytes, [
      { algorithm: "sha256", hex: hex(written.sha256) },
    ]);
    for (const destination of behind) {
      try {
        const { sizeBytes, sha256 } = written;
        const copy = { destination: destination.id, key, run, sizeBytes, sha256 };
        await archive.catalogue.addCatalogueCopy({ ...copy, storedNs: onItsWay });
        checkedCopy(destination, await destination.backend.put(key, source), written);
        await archive.catalogue.addCatalogueCopy({ ...copy, storedNs: nowNs() });
        await removeOld(context, destination.id);
        sent += 1;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        context.report.warning(
          `${destination.title} did not take the catalogue: ${reason} The next run sends it again.`,
          isColdstowError(error) ? error.code : undefined,
        );
      }
    }
    return sent;
  } finally {
    await rm(snapshot, { force: true });
    await rm(sealed, { force: true });
  }
}

/** False only where the copy is positively absent. */
async function isThere(destination: OpenDestination, key: string): Promise<boolean> {
  try {
    return (await destination.backend.stat(objectKey(key))) !== undefined;
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

async function removeOld(context: RunContext, destination: number): Promise<void> {
  const { archive } = context;
  const backend = archive.destinations.find((one) => one.id === destination)?.backend;
  const copies = await archive.catalogue.catalogueCopies(destination);
  for (const old of copies.slice(keptCatalogueCopies)) {
    await backend?.delete(objectKey(old.key));
    await archive.catalogue.removeCatalogueCopy(destination, old.key);
  }
}
