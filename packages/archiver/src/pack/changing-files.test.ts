import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTar } from "../tar/index.ts";
import { Claims } from "./claims.ts";
import { packFile } from "./pack-files.ts";
import type { FileTask, FinishedPack, SlicesJob } from "./pack-job.ts";
import { packSlices } from "./pack-slices.ts";
import { PackWriter } from "./pack-writer.ts";

const mebibyte = 1 << 20;
const identity = { archiveId: "a", run: 1, number: 1 };
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-changing-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function task(path: string): FileTask {
  return { seq: 1, path, hashFirst: false, forced: false, inode: undefined };
}

function target(name: string): { path: string; recipients: string[]; zstd: boolean } {
  return { path: join(folder, name), recipients: [], zstd: false };
}

/** Does something once, when the first bytes were read. */
function onceRead(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}

function pack(act: (at: string) => void): { outcome: ReturnType<typeof packFile>; tar: Buffer } {
  const at = join(folder, "big");
  writeFileSync(at, Buffer.alloc(4 * mebibyte, 7));
  const to = target("pack");
  const writer = new PackWriter(to, identity, new Date(0));
  const count = onceRead(() => act(at));
  const outcome = packFile(writer, Claims.forDigests(10), folder, task("big"), count);
  writer.finish();
  return { outcome, tar: readFileSync(to.path) };
}

describe("a large file that changes while it is read", () => {
  it("and shrinks is no member that counts, and the tar stays whole", () => {
    const { outcome, tar } = pack((at) => truncateSync(at, mebibyte));
    expect(outcome.member).toBeUndefined();
    expect(outcome.settlement).toMatchObject({ state: "failed", torn: true });
    expect(outcome.problem?.outcome).toBe("changed-while-read");
    const paths = [...readTar([tar])].flatMap((one) =>
      one.type === "member" ? [one.member.path] : [],
    );
    expect(paths).toEqual(["big", ".coldstow/manifest.jsonl"]);
    expect(tar.toString("latin1")).toContain('"torn":true');
  });

  it("and grows is stored as long as it was, to be read again", () => {
    const { outcome } = pack((at) => appendFileSync(at, "more"));
    expect(outcome.member).toMatchObject({ sizeBytes: 4 * mebibyte, stat: { unstable: true } });
    expect(outcome.problem?.outcome).toBe("changed-while-read");
  });
});

async function slices(
  act: (at: string) => void,
  known: SlicesJob["known"] = [],
): Promise<{ packs: FinishedPack[]; done: ReturnType<typeof packSlices> }> {
  const at = join(folder, "big");
  writeFileSync(at, Buffer.alloc(4 * mebibyte, 7));
  const packs: FinishedPack[] = [];
  const job: SlicesJob = {
    type: "slices",
    root: folder,
    file: task("big"),
    sliceBytes: mebibyte,
    known,
  };
  const done = packSlices(job, {
    count: () => undefined,
    needOrder: async () => {
      if (packs.length === 2) act(at);
      return { ...identity, packId: packs.length, target: target(`p${packs.length}`) };
    },
    packDone: (one) => packs.push(one),
  });
  await done.catch(() => undefined);
  return { packs, done };
}

describe("a file in slices", () => {
  it("that shrinks keeps the slices that were whole", async () => {
    const { packs, done } = await slices((at) => truncateSync(at, 2 * mebibyte + 10));
    await expect(done).rejects.toMatchObject({ outcome: "changed-while-read" });
    expect(packs.flatMap(({ members }) => Array.from(members, ({ slice }) => slice?.n))).toEqual([
      0, 1,
    ]);
  });

  it("is told to be unstable if it changed before its end was reached", async () => {
    const { done } = await slices((at) => appendFileSync(at, "more"));
    expect((await done).stat.unstable).toBe(true);
  });

  it("stores no slice that is known under any former number of slices", async () => {
    const { packs: first } = await slices(() => undefined);
    const sha256 = [...(first[0]?.members ?? [])][0]?.sha256 ?? new Uint8Array(0);
    const known = [
      { n: 1, sha256: new Uint8Array(32), of: 4 },
      { n: 1, sha256, of: 3 },
    ];
    const { packs, done } = await slices(() => undefined, known);
    expect(packs.length).toBe(3);
    expect((await done).slices.map(({ wasOf }) => wasOf)).toEqual([
      undefined,
      3,
      undefined,
      undefined,
    ]);
  });
});
