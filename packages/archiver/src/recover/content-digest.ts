import { createHash } from "node:crypto";
import type { SqlDriver } from "@coldstow/catalogue";
import { throwIfCancelled } from "@coldstow/contracts";
import { readPastDamage } from "./read-past-damage.ts";
import type { PackObject } from "./source-object.ts";
import { StoredContent } from "./stored-content.ts";

export interface DigestOptions {
  readonly identities: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly packs: ReadonlyMap<string, PackObject>;
}

const zeros = new Uint8Array(1 << 20);

/**
 * SHA-256 of a file from its slices, for a file of whose digest no manifest tells. Reads every pack
 * that holds one of the slices. O(packs of the slices).
 * @returns undefined where a slice is lost
 */
export async function digestOfSlices(
  driver: SqlDriver,
  slices: readonly number[],
  options: DigestOptions,
): Promise<Uint8Array | undefined> {
  const hash = createHash("sha256");
  for (const slice of slices) {
    const row = driver
      .prepare(
        `SELECT p.key AS key, l.offset AS offset, l.length AS length, l.sparse AS sparse, c.size AS size
         FROM placement l JOIN pack p ON p.id = l.pack JOIN content c ON c.id = l.content
         WHERE l.content = ? ORDER BY p.key LIMIT 1`,
      )
      .get(slice);
    const pack = options.packs.get(String(row?.["key"]));
    if (row === undefined || pack === undefined) return undefined;
    const form = {
      offset: Number(row["offset"]),
      storedBytes: Number(row["length"]),
      sizeBytes: Number(row["size"]),
      sparse: row["sparse"] !== 0,
    };
    if (!(await addSlice(hash, pack, form, options))) return undefined;
  }
  return hash.digest();
}

async function addSlice(
  hash: ReturnType<typeof createHash>,
  pack: PackObject,
  form: { offset: number; storedBytes: number; sizeBytes: number; sparse: boolean },
  { identities, signal }: DigestOptions,
): Promise<boolean> {
  let position = 0;
  let isWhole = true;
  const hole = (end: number): void => {
    for (; position < end; position += Math.min(zeros.length, end - position)) {
      hash.update(zeros.subarray(0, Math.min(zeros.length, end - position)));
    }
  };
  const content = new StoredContent(form, (bytes, offset, lost) => {
    hole(offset);
    hash.update(bytes);
    position += bytes.length;
    isWhole &&= !lost;
  });
  let at = 0;
  const end = form.offset + form.storedBytes;
  for await (const { bytes, lost } of readPastDamage(pack, {
    identities,
    onDamage: () => undefined,
  })) {
    throwIfCancelled(signal);
    const [from, to] = [Math.max(0, form.offset - at), Math.min(bytes.length, end - at)];
    if (from < to) content.take(bytes.subarray(from, to), lost);
    at += bytes.length;
    if (at >= end) break;
  }
  hole(form.sizeBytes);
  return isWhole && at >= end && !content.isLost;
}
