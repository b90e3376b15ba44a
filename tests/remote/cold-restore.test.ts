import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../tools/seeded-random.ts";
import { inTemporaryFolder } from "../tools/temporary-folder.ts";
import { countedKeys, packsOfFolder } from "./check-destination.ts";
import { documentOf, expectExit, type CliOutcome } from "./coldstow-cli.ts";
import { coldServers, type ColdServer } from "./cold-server.ts";
import { writePhotographTree } from "./photograph-tree.ts";
import { RemoteArchive } from "./remote-archive.ts";

const seed = 5;
const folderWanted = "folder 1";
const hourMs = 3_600_000;

interface Cold {
  readonly server: ColdServer;
  readonly archive: RemoteArchive;
  /** Where the tests restore to. */
  readonly to: string;
}

async function withColdArchive(
  make: () => Promise<ColdServer>,
  use: (cold: Cold) => Promise<void>,
): Promise<void> {
  const server = await make();
  try {
    await inTemporaryFolder(async (folder) => {
      const { scheme: name, lines, secrets } = server;
      const destinations = [{ name, lines, secrets }];
      const archive = new RemoteArchive(folder, { destinations });
      writePhotographTree(archive.source, seed, 1);
      await archive.store();
      expect(server.asked()).toEqual([]);
      await use({ server, archive, to: join(folder, "back") });
    });
  } finally {
    await server.stop();
  }
}

function restore({ archive, to }: Cold, ...more: readonly string[]): Promise<CliOutcome> {
  return archive.run("restore", archive.archive, to, ...more);
}

/** Ended with 6, and says when to come back. @returns that time, in hours from now */
function hoursToWait(outcome: CliOutcome): number {
  const { comeBackAt } = documentOf(expectExit(outcome, 6)) as { readonly comeBackAt: string };
  expect(comeBackAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/u);
  return (Date.parse(comeBackAt) - Date.now()) / hourMs;
}

describe.each(coldServers)("$name", ({ make }) => {
  it("asks only for the packs that a folder needs, once, and restores it in a later process", async () => {
    await withColdArchive(make, async (cold) => {
      const { server, archive, to } = cold;
      const needed = await packsOfFolder(archive.archive, folderWanted);
      const all = await countedKeys(archive.archive, server.scheme);
      expect(needed.size).toBeGreaterThan(0);
      expect(needed.size).toBeLessThan(all.length);
      const hours = hoursToWait(await restore(cold, folderWanted));
      expect(hours).toBeGreaterThan(0);
      expect(hours).toBeLessThanOrEqual(server.statedHours + 0.1);
      expect(server.asked().toSorted()).toEqual([...needed].toSorted());
      expectExit(await restore(cold, folderWanted), 6);
      expect(server.asked().length).toBe(needed.size);
      await server.advance(server.thawHours + 0.1);
      expectExit(await restore(cold, folderWanted), 0);
      archive.compare(to, folderWanted);
      expect(server.asked().length).toBe(needed.size);
    });
  });

  it("asks again only for a pack that froze again, and loses nothing that it had fetched", async () => {
    await withColdArchive(make, async (cold) => {
      const { server, archive, to } = cold;
      expectExit(await restore(cold), 6);
      const asked = server.asked();
      expect(new Set(asked).size).toBe(asked.length);
      await server.advance(server.thawHours + 0.1);
      const [victim = ""] = asked;
      server.reseal(victim);
      expectExit(await restore(cold), 6);
      expect(server.asked().toSorted()).toEqual([...asked, victim].toSorted());
      await server.advance(2 * server.thawHours + 0.1);
      expectExit(await restore(cold), 0);
      archive.compare(to);
      expect(server.asked().length).toBe(asked.length + 1);
      expect(await archive.status()).toMatchObject({ complete: true });
    });
  });

  it("is killed at random instants, goes on in new processes over several windows, and restores everything", async () => {
    await withColdArchive(make, async (cold) => {
      const { server, archive, to } = cold;
      const random = seededRandom(seed);
      for (let kills = 0; kills < 8; kills += 1) {
        const run = archive.begin("restore", archive.archive, to);
        // While it asks, or while it fetches.
        const direction = kills % 2 === 0 ? "to-server" : "to-client";
        const bytes = random() * (direction === "to-server" ? 12_000 : 3_000_000);
        await Promise.race([server.moved(bytes, direction), run.ended]);
        run.kill();
        await run.ended;
        // Now and then the window passes before anybody comes back.
        await server.advance(random() < 0.3 ? server.readyHours + 1 : server.thawHours * random());
      }
      for (let windows = 0; ; windows += 1) {
        const outcome = expectExit(await restore(cold), 0, 6);
        if (outcome.exitCode === 0) break;
        expect(windows).toBeLessThan(3);
        await server.advance(2 * server.thawHours + 0.1);
      }
      archive.compare(to);
    });
  });

  it("is asked for nothing where that would cost more than the budget", async () => {
    await withColdArchive(make, async (cold) => {
      expectExit(await restore(cold, "--budget", "0.000001"), 4);
      expect(cold.server.asked()).toEqual([]);
    });
  });

  it("thaws what a folder needs ahead of the restore", async () => {
    await withColdArchive(make, async (cold) => {
      const { server, archive, to } = cold;
      const needed = await packsOfFolder(archive.archive, folderWanted);
      const thaw = ["thaw", archive.archive, folderWanted] as const;
      const hours = hoursToWait(await archive.run(...thaw));
      expect(hours).toBeLessThanOrEqual(server.statedHours + 0.1);
      expect(server.asked().toSorted()).toEqual([...needed].toSorted());
      await server.advance(server.thawHours + 0.1);
      expectExit(await archive.run(...thaw), 0);
      expectExit(await restore(cold, folderWanted), 0);
      archive.compare(to, folderWanted);
      expect(server.asked().length).toBe(needed.size);
    });
  });
});
