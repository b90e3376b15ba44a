import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import type { Ground } from "./hostile-ground.ts";
import { addDirectory, addFile, pathOf } from "./hostile-ground.ts";
import { noise } from "./seeded-random.ts";

const around = [512, 4096, 65_536, 1 << 20];

/** Empty and duplicate files, and sizes around blocks, chunks and buffers, compressible and not. */
export function addContents(ground: Ground): void {
  addDirectory(ground, "contents", "empty directory");
  addDirectory(ground, "contents", "empty", "directories", "below", "each other");
  addFile(ground, ["contents", "empty-1"], "");
  addFile(ground, ["contents", "empty-2"], "");

  const sizes = [1, 511, 1024, ...around.flatMap((size) => [size - 1, size, size + 1])];
  for (const size of new Set(sizes)) {
    addFile(ground, ["contents", `noise-${size}`], noise(`size ${size}`, size));
    addFile(ground, ["contents", `text-${size}.txt`], Buffer.alloc(size, `line of ${size}\n`));
    addFile(ground, ["contents", `zeros-${size}`], Buffer.alloc(size));
  }
  addFile(ground, ["contents", "noise-3MiB"], noise("3MiB", 3 << 20));

  addDirectory(ground, "duplicates", "deeper");
  for (const name of ["one", "two", "three"]) {
    addFile(ground, ["duplicates", name], noise("duplicate", 100_000));
    addFile(ground, ["duplicates", "deeper", name], noise("duplicate", 100_000));
  }
  // Same size, other bytes: size alone must not make a duplicate.
  addFile(ground, ["duplicates", "same size"], noise("no duplicate", 100_000));
  const nearly = noise("duplicate", 100_000);
  nearly[99_999] = (nearly[99_999] ?? 0) ^ 1;
  addFile(ground, ["duplicates", "last bit differs"], nearly);
}

/** Where bytes lie in a sparse file: [offset, length] pairs; the rest are holes. */
type Islands = [number, number][];

/** Sparse files; the largest has `largeBytes`, at least 8 MiB. Costs a few hundred KiB of disk whatever the size. */
export function addSparseFiles(ground: Ground, largeBytes: number): void {
  addDirectory(ground, "sparse");
  const middle = Math.floor(largeBytes / 2) + 12_345;
  addSparse(ground, "large", largeBytes, [
    [0, 65_536],
    [middle, 100_000],
    [largeBytes - 4097, 4097],
  ]);
  const eighth = Math.floor(largeBytes / 8);
  addSparse(ground, "ends in a hole", eighth - 1, [
    [0, 100],
    [eighth - 300_001, 65_536],
  ]);
  addSparse(ground, "starts with a hole", 300_010, [[300_000, 10]]);
  addSparse(ground, "all hole", 5 << 20, []);
  addSparse(ground, "small", 1 << 20, [[500_000, 1000]]);
  // More islands than a sparse map of one tar block can list.
  const many = Array.from({ length: 200 }, (_, at): [number, number] => [at * 131_072, 4096]);
  addSparse(ground, "many islands", 200 * 131_072, many);
}

function addSparse(ground: Ground, name: string, size: number, islands: Islands): void {
  const file = openSync(pathOf(ground, "sparse", name), "wx");
  try {
    ftruncateSync(file, size);
    for (const [offset, length] of islands) {
      writeSync(file, noise(`${name} ${offset}`, length), 0, length, offset);
    }
  } finally {
    closeSync(file);
  }
}
