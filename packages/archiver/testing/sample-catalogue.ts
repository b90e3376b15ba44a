import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Catalogue } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";

/** A catalogue that is written by hand, in a temporary folder; nothing of it is stored anywhere. For tests only. */
export class SampleCatalogue {
  readonly path: string;
  readonly catalogue: Catalogue;
  readonly #folder: string;
  #contents = 0;
  #packs = 0;

  private constructor(folder: string, path: string, catalogue: Catalogue) {
    this.#folder = folder;
    this.path = path;
    this.catalogue = catalogue;
  }

  static async make(config?: string): Promise<SampleCatalogue> {
    const folder = mkdtempSync(join(tmpdir(), "coldstow-sample-"));
    const path = join(folder, "t.archive");
    const driver = openNodeDriver(path, { create: true });
    const catalogue = await Catalogue.create(driver, { archiveId: "t", name: "t", createdNs: 1n });
    if (config !== undefined) await catalogue.setMeta({ config });
    driver.exec("INSERT INTO run VALUES (1, 'start', 'done', 1, 2, '{}')");
    return new SampleCatalogue(folder, path, catalogue);
  }

  async destination(name: string, settings: Record<string, string> = {}): Promise<number> {
    const scheme = name.split(":")[0] ?? name;
    return this.catalogue.addDestination({ name, scheme, settings, addedNs: 0n });
  }

  /** A pack with good copies at these destinations, unverified. */
  async pack(places: readonly number[], sizeBytes: number = 1000): Promise<number> {
    this.#packs += 1;
    const id = this.#packs;
    this.#run(
      `INSERT INTO pack (id, run, number, key, format, sealed, state, size, created_ns)
       VALUES (?, 1, ?, ?, 'tar', 1, 'stored', ?, 0)`,
      id,
      id,
      `packs/r000001/p${String(id).padStart(6, "0")}`,
      sizeBytes,
    );
    for (const place of places) {
      await this.catalogue.recordCopy(id, place, { state: "stored", storedNs: 1n });
    }
    return id;
  }

  async verified(pack: number, place: number, verifiedNs: bigint): Promise<void> {
    const seen = { level: "digest", verifiedNs, state: "stored" } as const;
    await this.catalogue.recordVerification(pack, place, seen);
  }

  /** A content that lies in these packs. @returns its id */
  content(sizeBytes: number, packs: readonly number[]): number {
    this.#contents += 1;
    const id = this.#contents;
    const digest = createHash("sha256").update(String(id)).digest();
    this.#run("INSERT INTO content (id, sha256, size) VALUES (?, ?, ?)", id, digest, sizeBytes);
    for (const pack of packs) {
      this.#run("INSERT INTO placement VALUES (?, ?, 0, ?, 0)", id, pack, sizeBytes);
    }
    return id;
  }

  /** A content whose slices lie in a pack each; each slice has 100 bytes. @returns its id */
  sliced(packs: readonly number[]): number {
    const slices = packs.map((pack) => this.content(100, [pack]));
    const whole = this.content(100 * packs.length, []);
    for (const [n, slice] of slices.entries()) {
      this.#run("INSERT INTO content_slice VALUES (?, ?, ?)", whole, n, slice);
    }
    return whole;
  }

  /** A file of the newest state; `content` undefined: taken over from another tool. */
  file(name: string, sizeBytes: number, content: number | undefined): void {
    this.#run(
      `INSERT INTO entry (directory, name, kind, size, mtime_ns, ctime_ns, mode, uid, gid, content, first_run)
       VALUES (1, ?, 'file', ?, 0, 0, 420, 0, 0, ?, 1)`,
      Buffer.from(name),
      sizeBytes,
      content ?? null,
    );
  }

  /** A verified disc that has these bytes of a content. */
  disc(content: number, offset: number, length: number): void {
    this.#run("INSERT OR IGNORE INTO disc_set VALUES (1, 'g', 's', 'bd', 1, 0)");
    const number = this.catalogue.driver.prepare("SELECT count(*) AS n FROM disc").get()?.["n"];
    const { lastId } = this.catalogue.driver
      .prepare(
        `INSERT INTO disc (disc_set, number, label, state, burned_ns, verified_ns) VALUES (1, ?, 'L', 'burned', 1, 1)`,
      )
      .run(Number(number));
    this.#run("INSERT INTO disc_file VALUES (?, ?, x'61', ?, ?)", lastId, content, offset, length);
  }

  async close(): Promise<void> {
    await this.catalogue.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #run(sql: string, ...values: (string | number | Uint8Array | null)[]): void {
    this.catalogue.driver.prepare(sql).run(...values);
  }
}
