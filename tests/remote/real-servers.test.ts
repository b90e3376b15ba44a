import { describe, expect, it } from "vitest";
import { inTemporaryFolder } from "../tools/temporary-folder.ts";
import { countedKeys, leftOver, missingOrWrong } from "./check-destination.ts";
import { documentOf, expectExit } from "./coldstow-cli.ts";
import { changePhotographTree, writePhotographTree } from "./photograph-tree.ts";
import { RemoteArchive } from "./remote-archive.ts";
import { serverKinds, startRemoteServer, type RemoteServer } from "./remote-server.ts";

const seed = 11;

async function withServer<T>(
  kind: (typeof serverKinds)[number],
  folder: string,
  use: (server: RemoteServer) => Promise<T>,
): Promise<T> {
  const server = await startRemoteServer(kind, { folder });
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

async function expectWhole(
  archive: RemoteArchive,
  name: string,
  server: RemoteServer,
): Promise<void> {
  expect(await missingOrWrong(archive.archive, name, server)).toEqual([]);
  expect(await leftOver(archive.archive, name, server)).toEqual([]);
}

describe("an archive goes to a server and comes back through the command line alone", () => {
  it.each(serverKinds)("%s", async (kind) => {
    await inTemporaryFolder(async (folder) =>
      withServer(kind, `${folder}/server`, async (server) => {
        const { scheme: name, lines, secrets } = server;
        const archive = new RemoteArchive(folder, {
          destinations: [{ name, lines, secrets }],
          packMebibytes: 2,
        });
        writePhotographTree(archive.source, seed, 3);
        await archive.store();
        await archive.restoreAndCompare();
        changePhotographTree(archive.source, seed);
        await archive.store();
        await archive.verify();
        await archive.restoreAndCompare();
        expect(await archive.status()).toMatchObject({ complete: true, filesWithoutCopy: 0 });
        await expectWhole(archive, name, server);
        expect(documentOf(await archive.store())).toMatchObject({ changed: false });
      }),
    );
  });

  it.each(serverKinds)("%s: what is taken away there is found and told", async (kind) => {
    await inTemporaryFolder(async (folder) =>
      withServer(kind, `${folder}/server`, async (server) => {
        const { scheme: name, lines, secrets } = server;
        const archive = new RemoteArchive(folder, { destinations: [{ name, lines, secrets }] });
        writePhotographTree(archive.source, seed, 1);
        await archive.store();
        const [victim = ""] = await countedKeys(archive.archive, name);
        await server.remove(victim);
        const found = await archive.run("verify", archive.archive, "--level", "size");
        expectExit(found, 13);
        expect(await archive.status()).toMatchObject({ complete: false });
        await archive.store();
        await archive.verify();
        await archive.restoreAndCompare();
      }),
    );
  });
});

describe("two servers of different kinds", () => {
  it("hold the same objects, byte for byte; one dies, the run goes on and says what it lacks, and resume heals it", async () => {
    await inTemporaryFolder(async (folder) =>
      withServer("sftp", `${folder}/a`, async (one) =>
        withServer("swift", `${folder}/b`, async (other) => {
          const destinations = [one, other].map(({ scheme: name, lines, secrets }) => ({
            name,
            lines,
            secrets,
          }));
          // A dead server is waited for as long as a person would; here that passes ten times as fast.
          const archive = new RemoteArchive(folder, { destinations, timersFaster: 10 });
          writePhotographTree(archive.source, seed, 3);
          await archive.store();
          await expectSamePacks(one, other);

          changePhotographTree(archive.source, seed);
          writePhotographTree(`${archive.source}/more`, seed + 1, 2);
          const [command, subject] = archive.storing();
          const run = archive.begin(command, subject);
          await other.proxy.forwarded(other.proxy.toServerBytes + 2_000_000, "to-server");
          await other.kill();
          expectExit(await run.ended, 3);
          const status = await archive.status();
          expect(status.complete).toBe(false);
          const [whole, lacking] = status.destinations;
          expect(whole).toMatchObject({ name: "sftp", absent: 0, copies: { missing: 0 } });
          expect(whole?.copies.stored).toBe(status.packs);
          expect(lacking?.absent).toBeGreaterThan(0);
          expect(await missingOrWrong(archive.archive, "sftp", one)).toEqual([]);

          await other.restart();
          await archive.store();
          expect(await archive.status()).toMatchObject({ complete: true });
          await expectSamePacks(one, other);
          await expectWhole(archive, "sftp", one);
          await expectWhole(archive, "ovh", other);
          await one.kill();
          await archive.restoreAndCompare();
        }),
      ),
    );
  });
});

async function packsOn(server: RemoteServer): Promise<string[]> {
  return [...(await server.names()).keys()].filter((name) => name.startsWith("packs/")).toSorted();
}

async function expectSamePacks(one: RemoteServer, other: RemoteServer): Promise<void> {
  const packs = await packsOn(one);
  expect(await packsOn(other)).toEqual(packs);
  for (const pack of packs) expect(await other.sha256(pack)).toBe(await one.sha256(pack));
}
