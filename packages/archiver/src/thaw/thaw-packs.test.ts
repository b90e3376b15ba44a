import { memoryBackend } from "@coldstow/backend-testkit";
import { silent } from "@coldstow/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { coldArchive, type ColdArchive } from "../../testing/cold-archive.ts";
import { cancelThaw } from "./cancel-thaw.ts";
import { lockThaw } from "./lock-work.ts";
import { openRestores } from "./open-jobs.ts";
import { thawPacks, type ThawOptions, type ThawResult } from "./thaw-archive.ts";

const open: ColdArchive[] = [];
const select = ["album/picture-1.jpg"];

async function archive(options: Parameters<typeof coldArchive>[0] = {}): Promise<ColdArchive> {
  const made = await coldArchive(options);
  open.push(made);
  return made;
}

async function thaw(cold: ColdArchive, options: Partial<ThawOptions> = {}): Promise<ThawResult> {
  return thawPacks(cold.archive, {
    select,
    progress: silent,
    ...options,
    thaw: { clock: cold.clock, ...options.thaw },
  });
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

describe("thawing without restoring", () => {
  it("asks for what the paths need, and the restore of the same paths takes it over", async () => {
    const cold = await archive();
    const asked = await thaw(cold);
    expect(asked).toMatchObject({ outcome: "waiting", comeBackAt: "2030-01-01T04:00:00.000Z" });
    const early = await cold.restore({ select });
    expect(early.waiting?.asked).toEqual(asked.asked);
    expect(await openRestores(cold.archive.catalogue)).toMatchObject([
      { destination: cold.back, paths: select, firstReadyAt: "2030-01-01T04:00:00.000Z" },
    ]);
    cold.clock.pass(4);
    expect((await cold.restore({ select })).waiting).toBeUndefined();
    expect(cold.place.log.requests).toHaveLength(1);
    expect(await openRestores(cold.archive.catalogue)).toEqual([]);
  });

  it("says when all is ready, and a restore then waits for nothing", async () => {
    const cold = await archive();
    expect((await thaw(cold, { thaw: { wait: true } })).outcome).toBe("ready");
    expect(cold.place.log.gets).toEqual([]);
    expect((await cold.restore({ select })).waiting).toBeUndefined();
    expect(cold.place.log.requests).toHaveLength(1);
  });

  it("says when nothing has to be thawed", async () => {
    const cold = await archive({ more: () => ({ warm: memoryBackend({}) }) });
    expect((await thaw(cold)).outcome).toBe("nothing");
    expect(cold.place.log.requests).toEqual([]);
    expect(await openRestores(cold.archive.catalogue)).toEqual([]);
  });

  it("names the tier and the days that were chosen, and keeps them for the restore", async () => {
    const terms = {
      tiers: [
        { name: "bulk", hours: 48 },
        { name: "fast", hours: 1 },
      ],
    } as const;
    const cold = await archive({ terms, thawMs: 3_600_000 });
    await thaw(cold, { thaw: { tier: "Fast", days: 9 } });
    cold.clock.pass(24 * 30);
    await cold.restore({ select });
    const days = { tier: "fast", days: 9 };
    expect(cold.place.log.options).toEqual([days, days]);
  });

  it("is not taken over while it is under way in another process", async () => {
    const cold = await archive();
    await thaw(cold);
    const lock = lockThaw(cold.archive.path);
    const { waiting } = await cold.restore({ select });
    lock.release();
    expect(waiting?.asked.packs).toBeGreaterThan(0);
    const destinations = (await openRestores(cold.archive.catalogue)).map((one) => one.destination);
    expect(destinations).toEqual(["", cold.back]);
    expect(cold.place.log.requests).toHaveLength(1);
  });

  it("does not let a restore that is cancelled while it waits look finished", async () => {
    const cold = await archive();
    const sleep = async (milliseconds: number): Promise<void> => {
      await cancelThaw(cold.archive.path);
      await cold.clock.sleep(milliseconds);
    };
    const clock = { now: cold.clock.now, sleep };
    const waiting = cold.restore({ select, thaw: { wait: true, clock } });
    await expect(waiting).rejects.toMatchObject({ code: "E_CANCELLED" });
  });

  it("is given up by a cancel, after which a restore begins anew", async () => {
    const cold = await archive();
    const { asked } = await thaw(cold);
    expect(await cancelThaw(cold.archive.path, ["other"])).toEqual([]);
    expect(await cancelThaw(cold.archive.path)).toEqual([{ destination: "", asked }]);
    expect(await openRestores(cold.archive.catalogue)).toEqual([]);
    // What was asked for goes on at the place, so nothing is asked for twice.
    await cold.restore({ select });
    expect(cold.place.log.requests).toHaveLength(1);
  });
});
