import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ColdstowError } from "@coldstow/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PackJob, PackOrder } from "./pack-job.ts";
import { PackPool } from "./pack-pool.ts";

const mebibyte = 1 << 20;
const noSpace = new ColdstowError("E_NO_SPACE", "the disk is full");
let folder = "";
let pool: PackPool;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-pool-"));
  writeFileSync(join(folder, "big"), Buffer.alloc(4 * mebibyte, 1));
  writeFileSync(join(folder, "small"), "words");
  pool = new PackPool(1, 10);
});

afterEach(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

let orders = 0;

function order(): PackOrder {
  orders += 1;
  const target = { path: join(folder, `pack-${orders}`), recipients: [], zstd: false };
  return { packId: orders, archiveId: "a", run: 1, number: orders, target };
}

function task(path: string): Extract<PackJob, { type: "slices" }>["file"] {
  return { seq: 1, path, hashFirst: false, forced: false, inode: undefined };
}

function slices(): PackJob {
  return { type: "slices", root: folder, file: task("big"), sliceBytes: mebibyte, known: [] };
}

function files(): PackJob {
  return { type: "files", root: folder, files: [task("small")], order: order() };
}

const unexpected = async (): Promise<PackOrder> => Promise.reject(new Error("no order is due"));

describe("the packing threads", () => {
  it("go on with the next job only when the one that failed has stopped", async () => {
    const taken: string[] = [];
    const failing = pool.run(
      slices(),
      async () => Promise.reject(noSpace),
      async () => order(),
    );
    const next = pool.run(files(), async (reply) => void taken.push(reply.type), unexpected);
    await expect(failing).rejects.toBe(noSpace);
    await next;
    expect(taken).toEqual(["pack"]);
  });

  it("stop a large file for which there is no further pack", async () => {
    let given = 0;
    const give = async (): Promise<PackOrder> => {
      given += 1;
      if (given === 2) throw noSpace;
      return order();
    };
    await expect(pool.run(slices(), async () => undefined, give)).rejects.toBe(noSpace);
    await pool.run(files(), async () => undefined, unexpected);
    expect(given).toBe(2);
  });

  it("tell whoever waits when one of them dies, instead of waiting for ever", async () => {
    const dying = pool.run(null as unknown as PackJob, async () => undefined, unexpected);
    const waiting = pool.run(files(), async () => undefined, unexpected);
    await expect(dying).rejects.toMatchObject({ code: "E_INTERNAL" });
    await expect(waiting).rejects.toMatchObject({ code: "E_INTERNAL" });
  });

  it("stop at the next file, or the next slice, when they are told to", async () => {
    pool.cancel();
    const cut = { code: "E_CANCELLED" };
    await expect(pool.run(files(), async () => undefined, unexpected)).rejects.toMatchObject(cut);
    const cutSlices = pool.run(
      slices(),
      async () => undefined,
      async () => order(),
    );
    await expect(cutSlices).rejects.toMatchObject(cut);
  });
});
