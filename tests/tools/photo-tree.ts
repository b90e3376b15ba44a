/**
 * Repeatable corpora for measurements: P photographs, S small files, M a million tiny ones.
 * `node tests/tools/photo-tree.ts P|S|M DIR [--seed 1] [--scale 0.01]`
 */
import { closeSync, mkdirSync, openSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { exifHead, photographs } from "./photographs.ts";
import { noise, noiseStream, seededRandom } from "./seeded-random.ts";

/** P: photographs, 3 GB in 700 files. S: 200,000 files of 0–16 KiB. M: 1,000,000 files of 0–200 bytes. */
export type Corpus = "P" | "S" | "M";

/** How large, and which of the endless corpora of its kind. */
export interface CorpusOptions {
  /** 1 unless told. The same seed and scale give the same names, bytes and (P) times. */
  seed?: number;
  /** 1 unless told; multiplies the number of files, not their sizes. */
  scale?: number;
}

/** What was written. */
export interface CorpusSize {
  files: number;
  bytes: number;
}

/** Writes a corpus into `dir`, which must not exist. Memory is flat: at most 1 MiB of a file at a time. */
export function buildPhotoTree(
  corpus: Corpus,
  dir: string,
  { seed = 1, scale = 1 }: CorpusOptions = {},
): CorpusSize {
  mkdirSync(dir);
  switch (corpus) {
    case "P":
      return writePhotographs(dir, seed, scale);
    case "S":
      return writeSmallFiles(dir, seed, {
        count: Math.round(200_000 * scale),
        perDirectory: 200,
        // Squared: many small files, few near 16 KiB.
        size: (random) => Math.floor(random ** 2 * 16_385),
      });
    case "M":
      return writeSmallFiles(dir, seed, {
        count: Math.round(1_000_000 * scale),
        perDirectory: 1000,
        size: (random) => Math.floor(random * 201),
      });
    default:
      throw new Error(`the corpus is P, S or M, not ${String(corpus)}`);
  }
}

const pieceBytes = 1 << 20;

function writePhotographs(dir: string, seed: number, scale: number): CorpusSize {
  const written: CorpusSize = { files: 0, bytes: 0 };
  for (const photograph of photographs(seed, Math.max(1, Math.round(700 * scale)))) {
    const folder = `${dir}/${photograph.folder}`;
    mkdirSync(folder, { recursive: true });
    const path = `${folder}/${photograph.name}`;
    const next = noiseStream(`photograph ${seed} ${photograph.content}`);
    const file = openSync(path, "wx");
    try {
      const head = exifHead(photograph);
      writeSync(file, head);
      for (let left = photograph.bytes - head.length; left > 0; left -= pieceBytes) {
        writeSync(file, next(Math.min(left, pieceBytes)));
      }
    } finally {
      closeSync(file);
    }
    utimesSync(path, photograph.takenAt, photograph.takenAt);
    written.files += 1;
    written.bytes += photograph.bytes;
  }
  return written;
}

interface SmallFiles {
  count: number;
  perDirectory: number;
  /** Size in bytes for a number in [0, 1). */
  size: (random: number) => number;
}

const poolBytes = 4 << 20;

/** Every other file is text, the others noise; each starts with its number, so that few are alike. */
function writeSmallFiles(dir: string, seed: number, wanted: SmallFiles): CorpusSize {
  const random = seededRandom(seed);
  const pool = noise(`small ${seed}`, poolBytes);
  const text = Buffer.from(pool.toString("hex").replaceAll(/[0-4]/g, " ").slice(0, poolBytes));
  const written: CorpusSize = { files: 0, bytes: 0 };
  let folder = dir;
  for (let at = 0; at < wanted.count; at += 1) {
    if (at % wanted.perDirectory === 0) {
      folder = `${dir}/d${String(at / wanted.perDirectory).padStart(5, "0")}`;
      mkdirSync(folder);
    }
    const bytes = wanted.size(random());
    const offset = Math.floor(random() * (poolBytes - bytes));
    const content = (at % 2 === 0 ? text : pool).subarray(offset, offset + bytes);
    content.write(String(at).padStart(8, "0"), 0, "latin1");
    writeFileSync(`${folder}/f${String(at).padStart(7, "0")}`, content);
    written.files += 1;
    written.bytes += bytes;
  }
  return written;
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: "string", default: "1" },
      scale: { type: "string", default: "1" },
    },
  });
  const [corpus, dir] = positionals;
  if (corpus === undefined || dir === undefined) throw new Error("give P, S or M and a directory");
  const size = buildPhotoTree(corpus as Corpus, dir, {
    seed: Number(values.seed),
    scale: Number(values.scale),
  });
  process.stdout.write(`${size.files} files, ${size.bytes} bytes\n`);
}
