import { describe, expect, it } from "vitest";
import { bothDrivers } from "../testing/drivers.ts";
import { allRows, Fixture, sha256 } from "../testing/fixture.ts";

describe.each(await bothDrivers())("packs and their copies over $engine", ({ empty }) => {
  const nas = { name: "sftp:nas", scheme: "sftp", settings: { host: "nas" }, addedNs: 5n };

  it("keeps destinations, also removed ones, and takes a removed one up again", async () => {
    const { catalogue } = await Fixture.make(empty());
    const id = await catalogue.addDestination(nas);
    await expect(catalogue.addDestination(nas)).rejects.toMatchObject({ code: "E_EXISTS" });
    await catalogue.updateDestination(id, { host: "nas2" });
    expect(await catalogue.destinations()).toEqual([
      { id, ...nas, settings: { host: "nas2" }, state: "active" },
    ]);
    await catalogue.removeDestination(id);
    expect((await catalogue.destinations())[0]?.state).toBe("removed");
    expect(await catalogue.addDestination(nas)).toBe(id);
    expect((await catalogue.destinations())[0]).toMatchObject({
      state: "active",
      settings: nas.settings,
    });
    await expect(catalogue.removeDestination(99)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    await catalogue.close();
  });

  it("pages packs in the order of their keys and adds up the stored ones", async () => {
    const fixture = await Fixture.make(empty());
    fixture.begin();
    const ids = [
      fixture.pack([]),
      fixture.pack([], "deleted"),
      fixture.pack([], "planned"),
      fixture.pack([]),
    ];
    const { catalogue } = fixture;
    const all = await allRows((after: number | undefined) =>
      catalogue.packs({ limit: 1, ...(after === undefined ? {} : { after }) }),
    );
    expect(all.map((pack) => pack.id)).toEqual(ids);
    expect(all.map((pack) => pack.state)).toEqual(["stored", "deleted", "planned", "stored"]);
    expect(all[0]).toMatchObject({ sizeBytes: 1000, sealed: true, tarBytes: null, createdNs: 1n });
    const { rows } = await catalogue.packs({ state: "stored" });
    expect(rows.map((pack) => pack.id)).toEqual([ids[0], ids[3]]);
    expect(await catalogue.packTotals()).toEqual({ packs: 2, bytes: 2000 });
    expect(await catalogue.packByKey(all[3]?.key ?? "")).toEqual(all[3]);
    expect(await catalogue.pack(99)).toBeUndefined();
    await catalogue.close();
  });

  it("notes copies, what verifying showed, and forgets that when one is stored anew", async () => {
    const fixture = await Fixture.make(empty());
    fixture.begin();
    const pack = fixture.pack([]);
    const { catalogue } = fixture;
    const id = await catalogue.addDestination(nas);
    const seen = { level: "digest", verifiedNs: 9n, state: "damaged" } as const;
    await expect(catalogue.recordVerification(pack, id, seen)).rejects.toMatchObject({
      code: "E_NOT_FOUND",
    });
    await catalogue.recordCopy(pack, id, { state: "stored", remoteDigest: "md5:00", storedNs: 7n });
    await catalogue.recordVerification(pack, id, seen);
    const copy = {
      pack,
      destination: id,
      state: "damaged",
      remoteDigest: "md5:00",
      storedNs: 7n,
      verifiedNs: 9n,
      verifiedLevel: "digest",
    };
    expect(await catalogue.copiesOfPack(pack)).toEqual([copy]);
    expect((await catalogue.copiesOnDestination(id, { state: "damaged" })).rows).toEqual([copy]);
    expect((await catalogue.copiesOnDestination(id, { state: "stored" })).rows).toEqual([]);
    await catalogue.recordCopy(pack, id, { state: "stored", storedNs: 8n });
    expect((await catalogue.copiesOnDestination(id)).rows).toEqual([
      {
        ...copy,
        state: "stored",
        remoteDigest: null,
        storedNs: 8n,
        verifiedNs: null,
        verifiedLevel: null,
      },
    ]);
    await catalogue.close();
  });

  it("keeps the catalogue's own copies, newest first", async () => {
    const { catalogue } = await Fixture.make(empty());
    const destination = await catalogue.addDestination(nas);
    const copy = { destination, sizeBytes: 5, sha256: sha256("x"), storedNs: 1n };
    await catalogue.addCatalogueCopy({ ...copy, key: "catalogue/a", run: 1 });
    await catalogue.addCatalogueCopy({ ...copy, key: "catalogue/b", run: 2 });
    const keys = async (): Promise<string[]> =>
      (await catalogue.catalogueCopies(destination)).map((one) => one.key);
    expect(await keys()).toEqual(["catalogue/b", "catalogue/a"]);
    await catalogue.removeCatalogueCopy(destination, "catalogue/b");
    await catalogue.removeCatalogueCopy(destination, "catalogue/none");
    expect(await keys()).toEqual(["catalogue/a"]);
    expect((await catalogue.catalogueCopies(destination))[0]).toEqual({
      ...copy,
      key: "catalogue/a",
      run: 1,
    });
    await catalogue.close();
  });

  it("knows its runs and the newest that came to its end", async () => {
    const fixture = await Fixture.make(empty());
    const { catalogue } = fixture;
    expect(await catalogue.newestRun()).toBe(0);
    expect(await catalogue.latestFinishedRun()).toBeUndefined();
    for (const state of ["done", "partial", "interrupted", "running"])
      fixture.begin("resume", state);
    fixture.driver.exec(`UPDATE run SET figures = '{"files": 3, "odd": [1]}' WHERE id = 2`);
    expect(await catalogue.latestFinishedRun()).toEqual({
      id: 2,
      kind: "resume",
      state: "partial",
      startedNs: 1n,
      endedNs: 2n,
      figures: { files: 3 },
    });
    expect(await catalogue.newestRun()).toBe(4);
    const { rows, next } = await catalogue.runs({ after: 1, limit: 2 });
    expect(rows.map((run) => run.state)).toEqual(["partial", "interrupted"]);
    expect(next).toBe(3);
    expect(await catalogue.run(9)).toBeUndefined();
    await catalogue.close();
  });
});
