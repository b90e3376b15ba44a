import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { noise, seededRandom } from "../tools/seeded-random.ts";

/** How much a tree holds. Packs are 1 MiB, so the large files are cut into slices. */
export interface TreeSize {
  readonly folders: number;
  readonly filesPerFolder: number;
  readonly largeBytes: readonly number[];
}

/** About 4 MiB in 130 files. */
export const wholeTree: TreeSize = {
  folders: 6,
  filesPerFolder: 20,
  largeBytes: [2_600_000, 1_100_000],
};

/** Every kind of thing, and as few of each as there can be. */
export const smallTree: TreeSize = { folders: 2, filesPerFolder: 4, largeBytes: [1_200_000] };

/** Writes a repeatable tree: small and large files, text, duplicates, links, empty things, odd modes. */
export function writeTree(root: string, seed: number, size: TreeSize): void {
  const random = seededRandom(seed);
  mkdirSync(root, { recursive: true });
  for (let folder = 0; folder < size.folders; folder += 1) {
    const at = join(root, `folder ${folder}`);
    mkdirSync(at);
    for (let file = 0; file < size.filesPerFolder; file += 1) {
      writeSmall(join(at, `${file}`), `${seed} ${folder} ${file}`, random);
    }
    symlinkSync("1", join(at, "a symlink"));
    linkSync(join(at, "0"), join(at, "a hard link"));
  }
  for (const [index, bytes] of size.largeBytes.entries()) {
    writeFileSync(join(root, `large ${index}`), noise(`${seed} large ${index}`, bytes));
  }
  cpSync(join(root, "folder 0", "1"), join(root, "folder 1", "a duplicate"));
  mkdirSync(join(root, "empty folder"));
  writeFileSync(join(root, "empty"), "");
  symlinkSync("nowhere/at all", join(root, "dangling"));
  chmodSync(join(root, "folder 0", "2"), 0o640);
  utimesSync(join(root, "folder 0", "3"), 1, -86_400.5);
}

function writeSmall(path: string, name: string, random: () => number): void {
  if (random() < 0.3) {
    writeFileSync(`${path}.txt`, `${name} and so on, `.repeat(Math.ceil(random() * 1000)));
    writeFileSync(path, name);
  } else {
    writeFileSync(path, noise(name, Math.floor(random() * 20_000)));
  }
}

/** Changes the tree as people do between two runs: new, changed, renamed, deleted, swapped kinds. */
export function changeTree(root: string, seed: number, round: number): void {
  const random = seededRandom(seed * 1000 + round);
  const folders = readdirSync(root).filter((name) => name.startsWith("folder"));
  const pick = (): string => folders[Math.floor(random() * folders.length)] ?? "folder 0";
  const changed = join(root, pick());
  writeFileSync(join(changed, `new ${round}`), noise(`new ${seed} ${round}`, 50_000));
  appendFileSync(join(changed, "1"), `changed in round ${round}`);
  const target = pick();
  rmSync(join(root, target, "3"), { force: true });
  renameSync(join(root, target), join(root, `${target} renamed ${round}`));
  const large = readdirSync(root).find((name) => name.startsWith("large"));
  if (large !== undefined) appendFileSync(join(root, large), noise(`tail ${seed} ${round}`, 1000));
  cpSync(join(root, "empty"), join(root, `empty copy ${round}`));
  swapKind(join(root, "a file or a folder"));
}

function swapKind(path: string): void {
  const isFolder = existsSync(join(path, "inside"));
  rmSync(path, { recursive: true, force: true });
  if (isFolder) {
    writeFileSync(path, "a file now");
  } else {
    mkdirSync(path);
    writeFileSync(join(path, "inside"), "a folder now");
  }
}
