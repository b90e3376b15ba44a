import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { errnoOf, fromSystemError, isObjectKey, type ObjectKey } from "@coldstow/contracts";

interface Entry {
  readonly askedAtMs: number;
  /** When it was first seen to be readable. */
  readonly readyAtMs?: number;
}

const windowMs = 24 * 3_600_000;

function entriesOf(text: string): Map<ObjectKey, Entry> {
  const entries = new Map<ObjectKey, Entry>();
  let lines: unknown;
  try {
    lines = JSON.parse(text);
  } catch {
    // What is lost with a torn file is only that something was asked for.
    return entries;
  }
  for (const [key, entry] of Object.entries((lines ?? {}) as Readonly<Record<string, unknown>>)) {
    const { askedAtMs, readyAtMs } = (entry ?? {}) as Readonly<Record<string, unknown>>;
    if (!isObjectKey(key) || typeof askedAtMs !== "number") continue;
    entries.set(key, { askedAtMs, ...(typeof readyAtMs === "number" ? { readyAtMs } : {}) });
  }
  return entries;
}

/**
 * Which objects were asked for, in a small file that the next run reads: the SFTP gateway does not
 * tell it. What was seen to be ready counts so for a day, as OVH keeps it unsealed. The file grows
 * with the number of objects asked for within that time.
 */
export class ThawLedger {
  readonly #path: string;
  readonly #clock: () => number;
  #entries: Promise<Map<ObjectKey, Entry>> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, clock: () => number) {
    this.#path = path;
    this.#clock = clock;
  }

  /** `asked`: a request was made; `ready`: it was readable within the last day. */
  async stateOf(key: ObjectKey): Promise<"asked" | "ready" | undefined> {
    const entry = (await this.#load()).get(key);
    if (entry === undefined || this.#isOver(entry)) return undefined;
    return entry.readyAtMs === undefined ? "asked" : "ready";
  }

  async asked(key: ObjectKey): Promise<void> {
    await this.#change((entries) => entries.set(key, { askedAtMs: this.#clock() }));
  }

  async ready(key: ObjectKey): Promise<void> {
    const now = this.#clock();
    await this.#change((entries) =>
      entries.set(key, { askedAtMs: entries.get(key)?.askedAtMs ?? now, readyAtMs: now }),
    );
  }

  async forget(key: ObjectKey): Promise<void> {
    if (!(await this.#load()).has(key)) return;
    await this.#change((entries) => entries.delete(key));
  }

  #isOver({ readyAtMs }: Entry): boolean {
    return readyAtMs !== undefined && this.#clock() >= readyAtMs + windowMs;
  }

  #load(): Promise<Map<ObjectKey, Entry>> {
    this.#entries ??= this.#read();
    return this.#entries;
  }

  async #read(): Promise<Map<ObjectKey, Entry>> {
    try {
      return entriesOf(await readFile(this.#path, "utf8"));
    } catch (error) {
      this.#entries = undefined;
      if (errnoOf(error) === "ENOENT") return new Map();
      throw fromSystemError(error, "reading what was asked for", this.#path);
    }
  }

  async #change(change: (entries: Map<ObjectKey, Entry>) => unknown): Promise<void> {
    const entries = await this.#load();
    this.#entries = Promise.resolve(entries);
    change(entries);
    for (const [key, entry] of entries) if (this.#isOver(entry)) entries.delete(key);
    const writing = this.#writing.catch(() => undefined).then(() => this.#write(entries));
    this.#writing = writing;
    await writing;
  }

  async #write(entries: ReadonlyMap<ObjectKey, Entry>): Promise<void> {
    const text = JSON.stringify(Object.fromEntries(entries));
    try {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      await writeFile(`${this.#path}.new`, text, { mode: 0o600, flush: true });
      await rename(`${this.#path}.new`, this.#path);
    } catch (error) {
      throw fromSystemError(error, "remembering what was asked for", this.#path);
    }
  }
}
