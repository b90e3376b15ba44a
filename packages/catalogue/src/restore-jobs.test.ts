import { describe, expect, it } from "vitest";
import { bothDrivers, temporaryFolder } from "../testing/drivers.ts";
import { allRows, Fixture } from "../testing/fixture.ts";
import { Catalogue } from "./catalogue.ts";
import { openNodeDriver } from "./node.ts";
import type { JobPackState } from "./restore-job-packs.ts";

describe.each(await bothDrivers())("restores that wait for frozen packs, over $engine", (kind) => {
  const wanted = { run: 1, destination: "/back", selection: { paths: ["2019"], run: null } };

  async function withPacks(count: number): Promise<{
    readonly catalogue: Catalogue;
    readonly packs: readonly number[];
    readonly cold: number;
    readonly job: number;
  }> {
    const fixture = await Fixture.make(kind.empty());
    fixture.begin();
    const packs = Array.from({ length: count }, () => fixture.pack([]));
    const { catalogue } = fixture;
    const cold = await catalogue.addDestination({
      name: "s3",
      scheme: "s3",
      settings: {},
      addedNs: 1n,
    });
    const job = await catalogue.addRestoreJob(wanted, 10n);
    return { catalogue, packs, cold, job };
  }

  it("keeps what they are about, changes it, and closes them once", async () => {
    const { catalogue, job } = await withPacks(1);
    expect(await catalogue.restoreJobs("open")).toEqual([
      { id: job, ...wanted, state: "open", createdNs: 10n, updatedNs: 10n },
    ]);
    await catalogue.changeRestoreJob(job, { destination: "/other" }, 11n);
    await catalogue.changeRestoreJob(job, { selection: { days: 3 } }, 12n);
    expect(await catalogue.restoreJobs("open")).toMatchObject([
      { destination: "/other", selection: { days: 3 }, createdNs: 10n, updatedNs: 12n },
    ]);
    await catalogue.closeRestoreJob(job, "cancelled", 13n);
    expect(await catalogue.restoreJobs("open")).toEqual([]);
    expect(await catalogue.restoreJobs("cancelled")).toMatchObject([{ id: job, updatedNs: 13n }]);
    const again = catalogue.closeRestoreJob(job, "done", 14n);
    await expect(again).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    const change = catalogue.changeRestoreJob(job, { destination: "/x" }, 14n);
    await expect(change).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    await catalogue.close();
  });

  it("adds packs once, however often the plan is made", async () => {
    const { catalogue, packs, cold, job } = await withPacks(2);
    const [first = 0, second = 0] = packs;
    const planned = { state: "planned", destination: cold } as const;
    await catalogue.addRestoreJobPacks(job, [{ pack: first, ...planned }]);
    await catalogue.changeRestoreJobPacks(job, [{ pack: first, state: "thawing", readyNs: 7n }]);
    await catalogue.addRestoreJobPacks(job, [
      { pack: first, ...planned },
      { pack: second, ...planned },
    ]);
    const { rows } = await catalogue.restoreJobPacks(job);
    expect(rows.map(({ pack, state, readyNs }) => [pack, state, readyNs])).toEqual([
      [first, "thawing", 7n],
      [second, "planned", null],
    ]);
    expect(rows[0]).toMatchObject({ sizeBytes: 1000, destination: cold });
    await catalogue.close();
  });

  it("changes only what it is told of a pack", async () => {
    const { catalogue, packs, cold, job } = await withPacks(1);
    const [pack = 0] = packs;
    await catalogue.addRestoreJobPacks(job, [
      { pack, state: "thawing", destination: cold, readyNs: 1_790_000_000_123_456_789n },
    ]);
    const states: readonly [JobPackState, object][] = [
      ["ready", {}],
      ["planned", { readyNs: null }],
      ["done", { destination: null }],
    ];
    const seen: unknown[] = [];
    for (const [state, change] of states) {
      await catalogue.changeRestoreJobPacks(job, [{ pack, state, ...change }]);
      const [row] = (await catalogue.restoreJobPacks(job)).rows;
      seen.push([row?.state, row?.destination, row?.readyNs]);
    }
    expect(seen).toEqual([
      ["ready", cold, 1_790_000_000_123_456_789n],
      ["planned", cold, null],
      ["done", null, null],
    ]);
    await catalogue.close();
  });

  it("gives the packs in some states, or some of the packs, page by page", async () => {
    const { catalogue, packs, cold, job } = await withPacks(7);
    await catalogue.addRestoreJobPacks(
      job,
      packs.map((pack, index) => ({
        pack,
        destination: cold,
        state: index % 2 === 0 ? "planned" : "ready",
      })),
    );
    const planned = await allRows((after: number | undefined) =>
      catalogue.restoreJobPacks(job, {
        states: ["planned"],
        limit: 3,
        ...(after === undefined ? {} : { after }),
      }),
    );
    expect(planned.map(({ pack }) => pack)).toEqual(packs.filter((_, index) => index % 2 === 0));
    const some = await catalogue.restoreJobPacks(job, { packs: packs.slice(1, 3) });
    expect(some.rows.map(({ pack }) => pack)).toEqual(packs.slice(1, 3));
    const none = await catalogue.restoreJobPacks(job, { packs: [] });
    expect(none.rows).toEqual([]);
    await catalogue.close();
  });

  it("counts packs and bytes by state and destination, with the times they are ready", async () => {
    const { catalogue, packs, cold, job } = await withPacks(4);
    const [a = 0, b = 0, c = 0, d = 0] = packs;
    await catalogue.addRestoreJobPacks(job, [
      { pack: a, state: "thawing", destination: cold, readyNs: 5n },
      { pack: b, state: "thawing", destination: cold, readyNs: 9n },
      { pack: c, state: "planned", destination: cold },
      { pack: d, state: "done" },
    ]);
    expect(await catalogue.restoreJobGroups(job)).toEqual([
      {
        destination: null,
        state: "done",
        packs: 1,
        bytes: 1000,
        firstReadyNs: null,
        lastReadyNs: null,
      },
      {
        destination: cold,
        state: "planned",
        packs: 1,
        bytes: 1000,
        firstReadyNs: null,
        lastReadyNs: null,
      },
      {
        destination: cold,
        state: "thawing",
        packs: 2,
        bytes: 2000,
        firstReadyNs: 5n,
        lastReadyNs: 9n,
      },
    ]);
    await catalogue.closeRestoreJob(job, "done", 20n);
    expect(await catalogue.restoreJobGroups(job)).toEqual([]);
    await catalogue.close();
  });

  it("takes a batch wholly or not at all", async () => {
    const { catalogue, packs, cold, job } = await withPacks(1);
    const [pack = 0] = packs;
    const batch = catalogue.addRestoreJobPacks(job, [
      { pack, state: "planned", destination: cold },
      { pack: 999, state: "planned", destination: cold },
    ]);
    await expect(batch).rejects.toMatchObject({ code: "E_INTERNAL" });
    expect((await catalogue.restoreJobPacks(job)).rows).toEqual([]);
    await catalogue.close();
  });
});

it("notes a restore while another connection reads, and is seen by it at once", async () => {
  const path = `${temporaryFolder()}/t.archive`;
  const fixture = await Fixture.make(openNodeDriver(path, { create: true }));
  fixture.begin();
  const pack = fixture.pack([]);
  const reader = await Catalogue.open(openNodeDriver(path, { readOnly: true }), { readOnly: true });
  const job = await fixture.catalogue.addRestoreJob(
    { run: 1, destination: "/b", selection: {} },
    1n,
  );
  await fixture.catalogue.addRestoreJobPacks(job, [{ pack, state: "planned" }]);
  expect(await reader.restoreJobs("open")).toHaveLength(1);
  expect((await reader.restoreJobPacks(job)).rows).toHaveLength(1);
  await expect(
    reader.addRestoreJob({ run: 1, destination: "/b", selection: {} }, 1n),
  ).rejects.toMatchObject({ code: "E_READ_ONLY" });
  await reader.close();
  await fixture.catalogue.close();
});
