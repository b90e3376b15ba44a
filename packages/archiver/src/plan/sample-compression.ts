import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { promisify } from "node:util";
import { zstdCompress } from "node:zlib";
import { below, fsPath } from "../files/fs-path.ts";

const compress = promisify(zstdCompress);
// A named pipe or a link may have taken the place of the file since the scan.
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const sampleBytes = 64 * 1024;
const samples = 8;
/** Below this share of the original size, compressing is worth its time. */
const worthwhile = 0.9;

/**
 * Whether these files are worth compressing, judged by the first 64 KiB of up to eight of them,
 * spread evenly. Files that cannot be read are passed over: packing will report them.
 */
export async function worthCompressing(root: string, paths: readonly string[]): Promise<boolean> {
  const step = Math.max(1, Math.floor(paths.length / samples));
  let before = 0;
  let after = 0;
  for (let at = 0; at < paths.length; at += step) {
    const bytes = await headOf(below(root, paths[at] ?? ""));
    if (bytes === undefined || bytes.length === 0) continue;
    before += bytes.length;
    after += (await compress(bytes)).length;
  }
  return before > 0 && after < before * worthwhile;
}

async function headOf(path: string): Promise<Uint8Array | undefined> {
  try {
    const file = await open(fsPath(path), openFlags);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(sampleBytes), 0, sampleBytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
