import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { noise } from "../../tests/tools/seeded-random.ts";

const albums = ["2019-08 Bretagne", "2021-05 Füssen", "2023-12 Winter", "2024-07 Family"];
const photosPerAlbum = 45;
const notes = 120;

/**
 * Makes a folder as a person might have one: pretend photographs, texts, duplicates, an accented name,
 * an empty folder and a link; some 300 files, some 14 MB, always the same.
 */
export function makeSampleTree(root: string): void {
  for (const [a, album] of albums.entries()) {
    for (let n = 1; n <= photosPerAlbum; n += 1) {
      const name = `IMG_${String(a * 1000 + n).padStart(4, "0")}.jpg`;
      write(root, `${album}/${name}`, photograph(name), a * 500 + n);
    }
  }
  for (let n = 1; n <= notes; n += 1) {
    write(root, `Notes/${1990 + (n % 30)}/note ${n}.txt`, text(n), n * 7);
  }
  for (const n of [1, 2, 3, 4, 5]) {
    mkdirSync(join(root, "Best of"), { recursive: true });
    copyFileSync(join(root, albums[0] ?? "", `IMG_000${n}.jpg`), join(root, "Best of", `${n}.jpg`));
  }
  mkdirSync(join(root, "Empty folder"));
  makeLink("Best of/1.jpg", join(root, "favourite.jpg"));
}

/** Changes the sample a little: edits one text, renames an album, deletes a note. */
export function changeSampleTree(root: string): void {
  appendFileSync(join(root, "Notes/1991/note 1.txt"), "One more line, written later.\n");
  renameSync(join(root, albums[2] ?? ""), join(root, renamedAlbum));
  rmSync(join(root, deletedNote));
}

/** The new name that {@link changeSampleTree} gives to an album. */
export const renamedAlbum = "2023-12 Winter in Tyrol";

/** The file that {@link changeSampleTree} deletes. */
export const deletedNote = "Notes/1992/note 2.txt";

function write(root: string, path: string, content: Buffer, day: number): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  const time = new Date(Date.UTC(2000, 0, 1 + day, day % 24, day % 60, 0, (day * 37) % 1000));
  utimesSync(file, time, time);
}

/** Random bytes between the head and the end of a JPEG file: like a photograph, they do not compress. */
function photograph(seed: string): Buffer {
  const head = Buffer.from("ffd8ffe000104a46494600010100000100010000", "hex");
  const length = 30_000 + noise(`${seed} length`, 2).readUInt16BE();
  return Buffer.concat([head, noise(seed, length), Buffer.from("ffd9", "hex")]);
}

function text(n: number): Buffer {
  const line = `This is note number ${n}. It repeats itself, as texts do, so that it compresses well.\n`;
  return Buffer.from(line.repeat(10 + (n % 90)));
}

function makeLink(target: string, file: string): void {
  try {
    symlinkSync(target, file);
  } catch (error) {
    // Windows lets only some users make links; the sample does without one there.
    if (process.platform !== "win32") throw error;
  }
}
