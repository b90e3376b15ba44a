import type { ClosingItem } from "@coldstow/catalogue/journal";
import { nowNs } from "../archive/clock.ts";
import { deletedPath, encodeDeletedName, partPath } from "../manifest/index.ts";
import { hex, stampOf } from "../pack/member-line.ts";
import { PackWriter } from "../pack/pack-writer.ts";
import { dropOrder, orderPack, type PlannedOrder } from "./pack-order.ts";
import { publishPack } from "./publish-pack.ts";
import type { RunContext } from "./run-context.ts";

const maxLines = 100_000;

/**
 * Writes the run's closing packs: names without content of their own, directories, and what is gone
 * (docs/formats/pack.md, "Order"). Their entries are committed with the last of them. O(items).
 */
export async function closingPhase(context: RunContext): Promise<void> {
  const { journal } = context;
  if (!journal.hasClosingItems()) return;
  await writePacks(context, journal.closingItems(), (pack, isLast) =>
    isLast ? journal.commitClosing(pack) : journal.commitClosingPart(pack),
  );
}

/** Writes a pack of what a cut run owes, and of names whose place a directory takes or leaves. */
export async function earlyPhase(context: RunContext): Promise<void> {
  const { journal } = context;
  // Closed at once: a query left open would keep the catalogue's copy from being made.
  const items = journal.earlyItems()[Symbol.iterator]();
  const isEmpty = items.next().done === true;
  items.return?.();
  if (isEmpty) return;
  await writePacks(context, journal.earlyItems(), (pack, isLast) =>
    isLast ? journal.commitEarly(pack) : journal.commitClosingPart(pack),
  );
}

type Commit = (
  pack: Parameters<RunContext["journal"]["commitClosing"]>[0],
  isLast: boolean,
) => Promise<void>;

async function writePacks(
  context: RunContext,
  items: Iterable<ClosingItem>,
  commit: Commit,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  try {
    for (let next = iterator.next(); next.done !== true;) {
      const ordered = await orderPack(context, context.archive.settings.compress !== "none");
      try {
        const pack = new ClosingPack(
          new PackWriter(ordered.order.target, ordered.order, new Date()),
        );
        while (next.done !== true && pack.lines < maxLines) {
          pack.add(next.value);
          next = iterator.next();
        }
        await publish(context, ordered, pack, next.done === true, commit);
      } catch (error) {
        await dropOrder(context, ordered).catch(() => undefined);
        throw error;
      }
    }
  } finally {
    // A query left open would keep the next run from making its tables anew.
    iterator.return?.();
  }
}

async function publish(
  context: RunContext,
  ordered: PlannedOrder,
  pack: ClosingPack,
  isLast: boolean,
  commit: Commit,
): Promise<void> {
  const written = pack.finish();
  const packId = ordered.planned.id;
  await publishPack(context, ordered, written, async (copies) =>
    commit({ ...written, packId, members: [], copies, atNs: nowNs() }, isLast),
  );
  context.report.figures.packs += 1;
  context.report.figures.packBytes += written.sizeBytes;
}

class ClosingPack {
  readonly #writer: PackWriter;
  readonly #deleted: Uint8Array[] = [];

  constructor(writer: PackWriter) {
    this.#writer = writer;
  }

  get lines(): number {
    return this.#writer.lines + this.#deleted.length;
  }

  finish(): ReturnType<PackWriter["finish"]> {
    if (this.#deleted.length > 0) {
      this.#writer.addPlain(deletedPath, Buffer.concat(this.#deleted));
    }
    return this.#writer.finish();
  }

  add(item: ClosingItem): void {
    const writer = this.#writer;
    switch (item.type) {
      case "link":
        this.#addLinks(item);
        return;
      case "slice-link": {
        const path = partPath(item.path, item.n + 1, item.of);
        const link = partPath(item.path, item.n + 1, item.wasOf);
        this.#hardLink(path, link);
        return;
      }
      case "symlink":
        writer.beginMember({
          path: item.path,
          kind: "symlink",
          sizeBytes: 0,
          ...stampOf(item.stat),
          linkTarget: item.target,
        });
        writer.addLine({
          type: "symlink",
          path: item.path,
          target: item.target,
          ...stampOf(item.stat),
        });
        return;
      case "metadata":
        writer.addLine({
          type: "metadata",
          path: item.path,
          sizeBytes: item.stat.sizeBytes,
          sha256: hex(item.sha256),
          ...stampOf(item.stat),
          ...(item.inode !== undefined && { inode: item.inode }),
        });
        return;
      case "directory":
        writer.beginMember({
          path: item.path,
          kind: "directory",
          sizeBytes: 0,
          ...stampOf(item.stat),
        });
        writer.addLine({ type: "directory", path: item.path, ...stampOf(item.stat) });
        return;
      case "deleted":
        writer.addLine({ type: "deleted", path: item.path });
        this.#removeNames(item.path, item.slices);
        return;
      case "stale":
        this.#removeNames(item.path, item.slices);
        return;
      case "stale-slice":
        this.#remove(item.of === 1 ? item.path : partPath(item.path, item.n + 1, item.of));
    }
  }

  #addLinks(item: Extract<ClosingItem, { type: "link" }>): void {
    const { path, slices, targetPath } = item;
    if (slices === 1) {
      this.#hardLink(path, targetPath);
    } else {
      for (let n = 1; n <= slices; n += 1) {
        this.#hardLink(partPath(path, n, slices), partPath(targetPath, n, slices));
      }
    }
    this.#writer.addLine({
      type: "hardlink",
      path,
      link: targetPath,
      sizeBytes: item.stat.sizeBytes,
      sha256: hex(item.sha256),
      ...stampOf(item.stat),
      ...(item.same && { same: true }),
      ...(item.inode !== undefined && { inode: item.inode }),
    });
  }

  #hardLink(path: string, link: string): void {
    this.#writer.beginMember({
      path,
      kind: "hardlink",
      sizeBytes: 0,
      mode: 0o600,
      mtimeNs: 0n,
      uid: 0,
      gid: 0,
      linkTarget: link,
    });
  }

  #removeNames(path: string, slices: number): void {
    if (slices === 1) {
      this.#remove(path);
      return;
    }
    for (let n = 1; n <= slices; n += 1) {
      this.#remove(partPath(path, n, slices));
    }
  }

  #remove(path: string): void {
    this.#deleted.push(encodeDeletedName(path));
  }
}
