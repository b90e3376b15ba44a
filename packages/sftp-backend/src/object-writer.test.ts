import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  bytesSource,
  ColdstowError,
  objectKey,
  silent,
  type StorageBackend,
} from "@coldstow/contracts";
import { startSshd, type Sshd } from "@coldstow/test-servers/sshd";
import { expect, onTestFinished, test } from "vitest";

import { parseSettings, sftpBackend } from "./index.ts";

async function opened(server: Sshd): Promise<StorageBackend> {
  const stateDirectory = await mkdtemp(join(tmpdir(), "coldstow-state-"));
  onTestFinished(() => rm(stateDirectory, { recursive: true }));
  const config = parseSettings({
    host: server.host,
    port: String(server.port),
    user: server.user,
    dir: server.directory,
    key_file: server.privateKeyPath,
    known_hosts: "no",
    host_key: server.hostKeySha256,
  });
  const backend = await sftpBackend(config, { progress: silent, stateDirectory });
  onTestFinished(() => backend.close());
  return backend;
}

test.each(["E_TEMPORARY", "E_TIMEOUT"] as const)(
  "a source that fails with %s leaves no partial file, while the connection lives",
  async (code) => {
    const server = await startSshd();
    onTestFinished(() => server.stop());
    const backend = await opened(server);
    const source = {
      sizeBytes: 500_000,
      digests: [],
      async *open() {
        yield new Uint8Array(200_000);
        throw new ColdstowError(code, "the source's own line broke");
      },
    };
    await expect(backend.put(objectKey("object"), source)).rejects.toMatchObject({ code });
    expect(await readdir(server.directory)).toEqual([]);
  },
);

test("a folder that another client removed with its last object is made again", async () => {
  const server = await startSshd();
  onTestFinished(() => server.stop());
  const [one, other] = [await opened(server), await opened(server)];
  await one.put(objectKey("folder/a/object"), bytesSource(new Uint8Array(1)));
  await other.delete(objectKey("folder/a/object"));
  expect(await readdir(server.directory)).toEqual([]);
  await one.put(objectKey("folder/b/object"), bytesSource(new Uint8Array(1)));
  expect(await readdir(join(server.directory, "folder/b"))).toEqual(["object"]);
});
