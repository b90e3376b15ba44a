import type { Pack } from "@coldstow/catalogue";
import { isColdstowError, objectKey, type BodySource } from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import { nowNs } from "../archive/clock.ts";
import { hex } from "../pack/member-line.ts";
import { checkedCopy } from "./publish-pack.ts";
import type { RunContext } from "./run-context.ts";

/**
 * Copies every pack to the destinations that lack a good copy of it, from one that has it: the same
 * ciphertext everywhere, so any copy repairs any other. O(missing copies).
 * @returns how many copies were made
 */
export async function heal(context: RunContext): Promise<number> {
  const { archive, journal, report, progress, signal } = context;
  let healed = 0;
  for (const destination of archive.destinations) {
    for (let after = 0; ;) {
      const page = await journal.packsWithoutCopy(destination.id, after);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.id;
      for (const pack of page) {
        if (signal?.aborted === true) return healed;
        const from = await sourceFor(context, pack, destination);
        if (from === undefined) continue;
        try {
          await copyPack(context, pack, from, destination);
          progress({ type: "item", outcome: "repaired", name: pack.key });
          healed += 1;
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          report.warning(
            `${destination.title} did not take ${pack.key} from ${from.title}: ${reason}`,
            isColdstowError(error) ? error.code : undefined,
          );
        }
      }
    }
  }
  return healed;
}

async function sourceFor(
  context: RunContext,
  pack: Pack,
  target: OpenDestination,
): Promise<OpenDestination | undefined> {
  const good = new Set<number>();
  for (const copy of await context.archive.catalogue.copiesOfPack(pack.id)) {
    if (copy.state === "stored") good.add(copy.destination);
  }
  return context.archive.destinations.find(
    (one) => one !== target && good.has(one.id) && one.backend.capabilities.freeRead,
  );
}

async function copyPack(
  context: RunContext,
  pack: Pack,
  from: OpenDestination,
  to: OpenDestination,
): Promise<void> {
  const { sizeBytes, sha256 } = pack;
  if (sizeBytes === null || sha256 === null) return;
  const key = objectKey(pack.key);
  const source: BodySource = {
    sizeBytes,
    // The destination refuses bytes with another digest, so a bad source can do no harm.
    digests: [{ algorithm: "sha256", hex: hex(sha256) }],
    open: (offset) => from.backend.get(key, { range: { start: offset, end: sizeBytes } }),
  };
  const copy = checkedCopy(to, await to.backend.put(key, source), { sizeBytes, sha256 });
  await context.archive.catalogue.recordCopy(pack.id, to.id, {
    state: "stored",
    remoteDigest: copy.remoteDigest ?? undefined,
    storedNs: nowNs(),
  });
}
