import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { Corpus, CorpusSize } from "../tests/tools/photo-tree.ts";
import { buildPhotoTree } from "../tests/tools/photo-tree.ts";

/** A corpus that lies ready on disk. */
export interface CachedCorpus extends CorpusSize {
  path: string;
}

const seed = 1;

/** Builds the corpus in `folder`, or takes the one that an earlier run left there. */
export function cachedCorpus(folder: string, corpus: Corpus, scale: number): CachedCorpus {
  const path = `${folder}/corpus-${corpus}-${scale}-seed${seed}`;
  const sizeFile = `${path}.json`;
  if (!existsSync(sizeFile)) {
    // Without its size file a corpus is one that was cut off.
    rmSync(path, { recursive: true, force: true });
    rmSync(`${path}.new`, { recursive: true, force: true });
    const size = buildPhotoTree(corpus, `${path}.new`, { seed, scale });
    renameSync(`${path}.new`, path);
    writeFileSync(sizeFile, JSON.stringify(size));
  }
  return { path, ...(JSON.parse(readFileSync(sizeFile, "utf8")) as CorpusSize) };
}

/** Reads every file once, so that the first contender does not pay for a cold cache. */
export function warm(path: string): void {
  const script = 'find "$1" -type f -print0 | xargs -0 cat > /dev/null';
  const { status } = spawnSync("sh", ["-c", script, "sh", path]);
  if (status !== 0) throw new Error(`cannot read the corpus in ${path}`);
}
