import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SpoolRoom, type Reservation } from "./spool-room.ts";

const mebibyte = 1024 * 1024;

function roomOf(
  limitBytes: number,
  freeBytes = async (): Promise<number | undefined> => undefined,
) {
  return new SpoolRoom({ directory: "/spool", limitBytes, freeBytes });
}

/** Whether a promise has settled once everything that is ready has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = (): void => {
    settled = true;
  };
  promise.then(note, note);
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe("room in the spool", () => {
  it("is never given beyond the limit, whatever comes and goes, and nobody is forgotten", async () => {
    const steps = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 50 }), hold: fc.nat(5) }), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const room = roomOf(100);
        let used = 0;
        await Promise.all(
          all.map(async ({ bytes, hold }) => {
            const kept = await room.reserve(bytes);
            used += bytes;
            expect(used).toBeLessThanOrEqual(100);
            for (let turn = 0; turn < hold; turn += 1) await Promise.resolve();
            used -= bytes;
            kept.release();
            kept.release();
          }),
        );
        expect(room.peakBytes).toBeLessThanOrEqual(100);
      }),
    );
  });

  it("is given in the order of asking, also past a small one that would fit", async () => {
    const room = roomOf(100);
    const first = await room.reserve(80);
    const large = room.reserve(60);
    const small = room.reserve(10);
    expect(await isSettled(small)).toBe(false);
    first.release();
    await large;
    await small;
  });

  it("comes back in part when a file turns out smaller", async () => {
    const room = roomOf(100);
    const first = await room.reserve(100);
    const second = room.reserve(50);
    expect(await isSettled(second)).toBe(false);
    first.written(50);
    await second;
  });

  it("is given to one pack alone, however large it is", async () => {
    await expect(roomOf(10).reserve(1000)).resolves.toBeDefined();
  });

  it("is refused where the disk is too full and nothing in the spool will go", async () => {
    const room = roomOf(1000 * mebibyte, async () => 20 * mebibyte);
    await expect(room.reserve(100 * mebibyte)).rejects.toMatchObject({
      code: "E_NO_SPACE",
      message: expect.stringContaining("20 MiB free"),
      hint: expect.stringContaining("[Repository] spool"),
    });
  });

  it("is waited for where the disk is too full and something in the spool will go", async () => {
    let free = 200 * mebibyte;
    const room = roomOf(1000 * mebibyte, async () => free);
    const first = await room.reserve(100 * mebibyte);
    free = 100 * mebibyte;
    first.written(100 * mebibyte);
    const second = room.reserve(100 * mebibyte);
    expect(await isSettled(second)).toBe(false);
    free = 200 * mebibyte;
    first.release();
    await second;
  });

  it("counts what is promised to files that are still being written", async () => {
    const room = roomOf(1000 * mebibyte, async () => 150 * mebibyte);
    const first = await room.reserve(100 * mebibyte);
    const second: Promise<Reservation> = room.reserve(100 * mebibyte);
    expect(await isSettled(second)).toBe(false);
    first.release();
    await second;
  });

  it("is no longer waited for when the run ends", async () => {
    const room = roomOf(100);
    await room.reserve(100);
    const stop = new AbortController();
    const waiting = room.reserve(100, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "E_CANCELLED" });
  });
});
