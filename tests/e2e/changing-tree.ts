/** A tree that changes at random in all the ways that an archive must follow; repeatable by its seed. */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { noise, seededRandom } from "../tools/seeded-random.ts";

const names = ["a", "b.log", "b.log.1", "c", "dir", "e é", "f", "g"];

/** Changes files below a folder. Sizes are around the borders of small, large and sliced. */
export class ChangingTree {
  readonly #root: string;
  readonly #random: () => number;
  #contents = 0;
  readonly #seed: number;

  constructor(root: string, seed: number) {
    this.#root = root;
    this.#seed = seed;
    this.#random = seededRandom(seed);
  }

  /** Makes so many changes. */
  change(times: number): void {
    for (let n = 0; n < times; n += 1) this.#pick(this.#changes)();
  }

  readonly #changes: readonly (() => void)[] = [
    () => this.#write(),
    () => this.#write(),
    () => this.#write(),
    () => this.#writeLarge(),
    () => this.#appendToFile(),
    () => this.#overwriteMiddle(),
    () => this.#shorten(),
    () => this.#copy(),
    () => this.#copy(),
    () => this.#rename(),
    () => this.#rename(),
    () => this.#swap(),
    () => this.#rotate(),
    () => this.#link(),
    () => this.#symlink(),
    () => this.#remove(),
    () => this.#remove(),
    () => this.#chmod(),
    () => this.#touch(),
    () => this.#takeBack(),
    () => mkdirSync(this.#free(), { recursive: true }),
  ];

  #pick<T>(all: readonly T[]): T {
    const one = all[Math.floor(this.#random() * all.length)];
    if (one === undefined) throw new RangeError("nothing to pick from");
    return one;
  }

  /** A new or an old path, whose place is made free: a folder may become a file and the other way round. */
  #free(): string {
    const depth = Math.floor(this.#random() * 3);
    let path = this.#root;
    for (let n = 0; n < depth; n += 1) {
      path = join(path, this.#pick(names));
      if (existsOrLink(path) && !lstatSync(path).isDirectory()) rmSync(path);
      mkdirSync(path, { recursive: true });
    }
    const last = join(path, this.#pick(names));
    rmSync(last, { recursive: true, force: true });
    return last;
  }

  #bytes(): Buffer {
    // Few seeds, so that equal contents come from different hands.
    const content = Math.floor(this.#random() * 12);
    const length = this.#pick([0, 1, 100, 5000, 5000, 70_000]);
    return noise(`${this.#seed} ${content}`, length);
  }

  #write(): void {
    writeFileSync(this.#free(), this.#bytes());
  }

  #writeLarge(): void {
    this.#contents += 1;
    const length = this.#pick([900_000, 1_048_576, 1_048_577, 1_900_000, 2_800_000]);
    writeFileSync(this.#free(), noise(`${this.#seed} large ${this.#contents % 3}`, length));
  }

  #files(): string[] {
    return entries(this.#root).filter((path) => lstatSync(path).isFile());
  }

  #withFile(act: (path: string) => void): void {
    const files = this.#files();
    if (files.length > 0) act(this.#pick(files));
  }

  #largest(act: (path: string) => void): void {
    const files = this.#files().filter((path) => lstatSync(path).size > 100_000);
    if (files.length > 0) act(this.#pick(files));
    else this.#withFile(act);
  }

  #appendToFile(): void {
    const more = noise(`${this.#seed} more ${(this.#contents += 1)}`, this.#pick([10, 950_000]));
    this.#largest((path) => appendFileSync(path, more));
  }

  #overwriteMiddle(): void {
    this.#largest((path) => {
      const file = openSync(path, "r+");
      writeSync(file, `changed ${(this.#contents += 1)}`, Math.floor(lstatSync(path).size / 2));
      closeSync(file);
    });
  }

  #shorten(): void {
    this.#largest((path) => {
      truncateSync(path, Math.floor(lstatSync(path).size * this.#random()));
    });
  }

  #copy(): void {
    this.#withFile((path) => {
      const to = this.#free();
      if (isFile(path)) copyFileSync(path, to);
    });
  }

  #rename(): void {
    const all = entries(this.#root);
    if (all.length === 0) return;
    const from = this.#pick(all);
    const to = this.#free();
    if (existsOrLink(from) && !to.startsWith(`${from}/`)) renameSync(from, to);
  }

  #swap(): void {
    this.#withFile((one) => {
      this.#withFile((other) => {
        if (one === other) return;
        const aside = join(this.#root, "swap");
        renameSync(one, aside);
        renameSync(other, one);
        renameSync(aside, other);
      });
    });
  }

  #rotate(): void {
    const log = join(this.#root, "b.log");
    if (!existsOrLink(log)) return;
    rmSync(join(this.#root, "b.log.1"), { recursive: true, force: true });
    renameSync(log, join(this.#root, "b.log.1"));
    writeFileSync(log, this.#bytes());
  }

  #link(): void {
    this.#withFile((path) => {
      const to = this.#free();
      if (isFile(path)) linkSync(path, to);
    });
  }

  #symlink(): void {
    symlinkSync(this.#pick(["a", "../outside", "dir/c", "/absolute"]), this.#free());
  }

  #remove(): void {
    const all = entries(this.#root);
    if (all.length > 0) rmSync(this.#pick(all), { recursive: true });
  }

  #chmod(): void {
    this.#withFile((path) => chmodSync(path, this.#pick([0o600, 0o644, 0o755])));
  }

  #touch(): void {
    this.#withFile((path) => utimesSync(path, 1, 1_600_000_000 + this.#random() * 1000));
  }

  /** Back to a content that it may have had before. */
  #takeBack(): void {
    this.#contents = Math.max(0, this.#contents - 1);
    this.#largest((path) => writeFileSync(path, noise(`${this.#seed} large 1`, 1_900_000)));
  }
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function existsOrLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Every path below a folder. */
function entries(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .toSorted()
    .map((path) => join(folder, path));
}
