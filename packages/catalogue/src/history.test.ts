import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bothDrivers } from "../testing/drivers.ts";
import { allRows, collected, Fixture } from "../testing/fixture.ts";
import { histories, snapshots, tree, type Changes } from "../testing/history-model.ts";

/** What the model says of a path; files that are the same may have been put anew. */
function change(old: string | undefined, now: string | undefined): string {
  if (old === now) return "metadata";
  if (old === undefined) return "added";
  return now === undefined ? "removed" : "changed";
}

const runs = { numRuns: 40 };

describe.each(await bothDrivers())("the history of an archive over $engine", ({ empty }) => {
  async function written(history: readonly Changes[]): Promise<Fixture> {
    const fixture = await Fixture.make(empty());
    for (const changes of history) {
      fixture.begin();
      for (const [path, text] of changes) {
        if (text === undefined) fixture.remove(path);
        else fixture.put(path, { text });
      }
    }
    return fixture;
  }

  it("lists every run as the model has it, whatever the page size", async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.integer({ min: 1, max: 4 }), async (history, limit) => {
        const { catalogue } = await written(history);
        for (const [run, snapshot] of snapshots(history).entries()) {
          const rows = await allRows((after: string | undefined) =>
            catalogue.list("", {
              run,
              recursive: true,
              limit,
              ...(after === undefined ? {} : { after }),
            }),
          );
          expect(rows.map((row) => row.path)).toEqual(tree(snapshot));
          expect((await catalogue.totals(run)).files).toBe(snapshot.size);
        }
        await catalogue.close();
      }),
      runs,
    );
  });

  it("has at most one version of a name in any run", async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const { catalogue } = await written(history);
        for (const path of new Set(history.flatMap((changes) => [...changes.keys()]))) {
          const versions = await catalogue.history(path);
          for (const [at, version] of versions.entries()) {
            const next = versions[at + 1]?.firstRun ?? Infinity;
            expect(version.endRun ?? next).toBeLessThanOrEqual(next);
          }
          for (const [run, snapshot] of snapshots(history).entries()) {
            const entry = await catalogue.entryAt(path, run);
            expect(entry?.sizeBytes).toBe(snapshot.get(path)?.length);
          }
        }
        await catalogue.close();
      }),
      runs,
    );
  });

  it("tells the difference of any two runs as the model has it", async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.integer({ min: 1, max: 4 }), async (history, limit) => {
        const { catalogue } = await written(history);
        const states = snapshots(history);
        for (const [from, before] of states.entries()) {
          for (const [to, after] of states.entries()) {
            const rows = await allRows(
              (cursor: { directory: number; name: Uint8Array } | undefined) =>
                catalogue.diff(from, to, {
                  limit,
                  ...(cursor === undefined ? {} : { after: cursor }),
                }),
            );
            const told = new Map(rows.map((row) => [row.path, row.change]));
            expect(told.size).toBe(rows.length);
            for (const path of new Set([...before.keys(), ...after.keys()])) {
              expect(told.get(path) ?? "metadata").toBe(change(before.get(path), after.get(path)));
              told.delete(path);
            }
            expect([...told]).toEqual([]);
          }
        }
        await catalogue.close();
      }),
      { numRuns: 20 },
    );
  });

  it("finds what was deleted, once, as it was last", async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const { catalogue } = await written(history);
        const states = snapshots(history);
        const last = states.at(-1) ?? new Map<string, string>();
        const gone = new Map<string, number>();
        for (const state of states) {
          for (const [path, text] of state) if (!last.has(path)) gone.set(path, text.length);
        }
        const rows = await allRows((after: number | undefined) =>
          catalogue.find({ deleted: true, limit: 2, ...(after === undefined ? {} : { after }) }),
        );
        expect(rows).toHaveLength(gone.size);
        expect(new Map(rows.map((row) => [row.path, row.sizeBytes]))).toEqual(gone);
        await catalogue.close();
      }),
      runs,
    );
  });

  it("selects exactly what lies below a path in a run", async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(), async (history, pick) => {
        const { catalogue } = await written(history);
        for (const [run, snapshot] of snapshots(history).entries()) {
          const all = tree(snapshot);
          const path = all[pick % Math.max(1, all.length)] ?? "";
          const selection = await catalogue.openSelection({ run, paths: [path] });
          const rows = await allRows((after: number | undefined) =>
            selection.files({ after, limit: 2 }),
          );
          const below = [...snapshot.keys()].filter(
            (at) => path === "" || at === path || at.startsWith(`${path}/`),
          );
          expect(rows.map((row) => row.path).toSorted()).toEqual(below.toSorted());
          await selection.close();
        }
        await catalogue.close();
      }),
      runs,
    );
  });

  it("contradicts itself nowhere", async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const { catalogue } = await written(history);
        expect(await collected(catalogue.integrityCheck())).toEqual([]);
        await catalogue.close();
      }),
      { numRuns: 20 },
    );
  });
});
