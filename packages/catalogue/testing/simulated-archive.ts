import { createHash } from "node:crypto";
import { Catalogue } from "../src/catalogue.ts";
import type { SqlDriver } from "../src/driver.ts";
import {
  numbersPerChild,
  RunJournal,
  type FreshStat,
  type PackedMember,
  type PackResult,
  type PendingFile,
  type ScannedDirectory,
  type Settlement,
} from "../src/journal/index.ts";

/** One object of a simulated tree. `stamp` stands for its times: it changes whenever the object does. */
export type Node =
  | {
      readonly kind: "file";
      readonly text: string;
      readonly stamp: number;
      readonly inode?: number;
    }
  | { readonly kind: "directory"; readonly stamp: number }
  | { readonly kind: "symlink"; readonly target: string; readonly stamp: number };

/** Path to object; every directory is in it. */
export type Tree = ReadonlyMap<string, Node>;

/** How a simulated run goes. */
export interface RunOptions {
  /** The run is cut after so many packs; it does not reach its closing pack. */
  readonly cutAfter?: number;
  /** Paths that cannot be read. */
  readonly unreadable?: ReadonlySet<string>;
  /** Paths that are read in part only, after their member was begun. */
  readonly torn?: ReadonlySet<string>;
  /** Paths that the scan sees but cannot look at. */
  readonly unknown?: ReadonlySet<string>;
}

const perPack = 2;

/** Drives the journal as the engine does, without files; and keeps what stock tar would have made of its packs. */
export class SimulatedArchive {
  readonly driver: SqlDriver;
  readonly catalogue: Catalogue;
  /** Path to content or `-> target` or `directory`, as stock tools bring it back. */
  readonly stock: Map<string, string> = new Map();
  /** Contents whose bytes were written to a pack, in order. */
  readonly written: string[] = [];
  #offset = 0;

  private constructor(driver: SqlDriver, catalogue: Catalogue) {
    this.driver = driver;
    this.catalogue = catalogue;
  }

  static async make(driver: SqlDriver): Promise<SimulatedArchive> {
    const catalogue = await Catalogue.create(driver, { archiveId: "a", name: "a", createdNs: 1n });
    await catalogue.addDestination({ name: "d", scheme: "local", settings: {}, addedNs: 1n });
    return new SimulatedArchive(driver, catalogue);
  }

  /** One run. @returns its number, and what the scan found to do */
  async run(tree: Tree, options: RunOptions = {}): Promise<{ run: number; pending: number }> {
    const journal = await RunJournal.begin(this.driver, "resume", 1n);
    for (const pack of await journal.unfinishedPacks()) await journal.forgetPack(pack.id);
    await journal.compare(scan(tree, options.unknown ?? new Set()));
    const { files, others, vanished } = await journal.finishScan();
    const pending = files + others + vanished;
    await this.#early(journal);
    let packs = 0;
    do {
      for (let after = 0; ;) {
        const page = await journal.pendingFiles(after, perPack);
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.seq;
        if (packs === options.cutAfter) return { run: journal.run, pending };
        packs += 1;
        await this.#pack(journal, page, tree, options);
      }
    } while ((await journal.resolveLinks()) > 0);
    if (packs === options.cutAfter) return { run: journal.run, pending };
    if (journal.hasClosingItems()) {
      const gone = this.#extract([...journal.closingItems()]);
      await journal.commitClosing(await this.#result(journal, []));
      for (const path of gone) this.#remove(path);
    }
    await journal.end("done", {}, 2n);
    return { run: journal.run, pending };
  }

  async #early(journal: RunJournal): Promise<void> {
    const items = [...journal.earlyItems()];
    if (items.length === 0) return;
    const gone = this.#extract(items);
    await journal.commitEarly(await this.#result(journal, []));
    for (const path of gone) this.#remove(path);
  }

  async #pack(
    journal: RunJournal,
    files: readonly PendingFile[],
    tree: Tree,
    options: RunOptions,
  ): Promise<void> {
    const members: PackedMember[] = [];
    const settlements: Settlement[] = [];
    const known = new Set([...journal.digestsOfPendingSizes()].map(hex));
    for (const { forced, path, seq } of files) {
      const node = tree.get(path);
      if (node?.kind !== "file" || options.unreadable?.has(path) === true) {
        settlements.push({ seq, state: "failed" });
        continue;
      }
      if (options.torn?.has(path) === true) {
        settlements.push({ seq, state: "failed", torn: true });
        this.stock.set(path, `torn ${node.text}`);
        continue;
      }
      const sha256 = digest(node.text);
      const stat = statOf(node);
      const here = members.some((one) => hex(one.sha256) === hex(sha256));
      if (!forced && (here || known.has(hex(sha256)))) {
        settlements.push({ seq, state: "linked", sha256, stat });
        continue;
      }
      this.#offset += 1024;
      const sizeBytes = node.text.length;
      const offset = this.#offset;
      members.push({ seq, sha256, sizeBytes, offset, storedBytes: sizeBytes, sparse: false, stat });
      this.stock.set(path, node.text);
      this.written.push(node.text);
    }
    const results = members.length === 0 ? [] : [await this.#result(journal, members)];
    await journal.commit(results, settlements);
  }

  async #result(journal: RunJournal, members: readonly PackedMember[]): Promise<PackResult> {
    const { id: packId } = await journal.planPack(1n, (number) => ({
      key: `packs/r${journal.run}/p${number}`,
      format: "tar",
      sealed: false,
    }));
    const copies = [{ destination: 1, remoteDigest: null }];
    const sha256 = digest(`${packId}`);
    return { packId, sizeBytes: 1, sha256, tarBytes: 1, members, copies, atNs: 1n };
  }

  /** Does what stock tar does with members. @returns the names to remove after the pack */
  #extract(items: Iterable<import("../src/journal/index.ts").ClosingItem>): string[] {
    const gone: string[] = [];
    for (const item of items) {
      if (item.type === "link") {
        const target = this.stock.get(item.targetPath);
        if (target === undefined)
          throw new Error(`${item.path} is linked to ${item.targetPath}, which is not there`);
        this.stock.set(item.path, target);
      } else if (item.type === "symlink") this.stock.set(item.path, `-> ${item.target}`);
      else if (item.type === "directory") this.stock.set(item.path, "directory");
      else if (item.type !== "metadata" && item.type !== "slice-link") gone.push(item.path);
    }
    return gone;
  }

  #remove(path: string): void {
    for (const one of this.stock.keys()) {
      if (one === path || one.startsWith(`${path}/`)) this.stock.delete(one);
    }
  }
}

/** The tree as {@link SimulatedArchive.stock} writes it. */
export function asStock(tree: Tree): Map<string, string> {
  return new Map([...tree].map(([path, node]) => [path, shown(node)]));
}

function shown(node: Node): string {
  if (node.kind === "file") return node.text;
  return node.kind === "symlink" ? `-> ${node.target}` : "directory";
}

export function digest(text: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(text).digest());
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function statOf(node: Node): FreshStat {
  const ns = BigInt(node.stamp);
  const sizeBytes = node.kind === "file" ? node.text.length : 0;
  return { sizeBytes, mode: 0o644, uid: 0, gid: 0, mtimeNs: ns, ctimeNs: ns, unstable: false };
}

/** What a scan of the tree finds, parents before children. */
function scan(tree: Tree, unknown: ReadonlySet<string>): ScannedDirectory[] {
  const directories = [
    "",
    ...[...tree].filter(([, { kind }]) => kind === "directory").map(([at]) => at),
  ];
  return directories
    .filter((at) => ![...unknown].some((one) => at === one || at.startsWith(`${one}/`)))
    .toSorted((a, b) => a.split("/").length - b.split("/").length || (a < b ? -1 : 1))
    .map((path) => scanOne(tree, path, unknown));
}

function scanOne(tree: Tree, path: string, unknown: ReadonlySet<string>): ScannedDirectory {
  const prefix = path === "" ? "" : `${path}/`;
  const below = [...tree].filter(
    ([at]) => at.startsWith(prefix) && !at.slice(prefix.length).includes("/"),
  );
  const children = below.filter(([at]) => !unknown.has(at));
  const names = children.map(([at]) => at.slice(prefix.length));
  const numbers = new Float64Array(children.length * numbersPerChild);
  const times = new BigInt64Array(children.length * 2);
  const kinds = new Uint8Array(children.length);
  const targets = new Map<number, string>();
  for (const [child, [, node]] of children.entries()) {
    const grouped = node.kind === "file" && node.inode !== undefined;
    kinds[child] = ["file", "directory", "symlink"].indexOf(node.kind);
    numbers.set(
      [statOf(node).sizeBytes, 0, 0o644, 0, 0, 7, grouped ? (node.inode ?? 0) : 1, grouped ? 2 : 1],
      child * numbersPerChild,
    );
    times[child * 2] = BigInt(node.stamp);
    times[child * 2 + 1] = BigInt(node.stamp);
    if (node.kind === "symlink") targets.set(child, node.target);
  }
  const hidden = below.filter(([at]) => unknown.has(at)).map(([at]) => at.slice(prefix.length));
  return { path, names, kinds, numbers, times, targets, unknown: hidden };
}
