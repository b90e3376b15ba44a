import { createHash } from "node:crypto";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { randomBytes, readAll, trackedSource } from "@coldstow/backend-testkit";
import {
  bytesSource,
  objectKey,
  silent,
  withRetry,
  type BodySource,
  type StorageBackend,
} from "@coldstow/contracts";
import { startFaultProxy, type FaultProxy } from "@coldstow/test-servers/fault-proxy";
import { startSshd, type Sshd, type SshdOptions } from "@coldstow/test-servers/sshd";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { parseSettings, sftpBackend } from "./index.ts";

const key = objectKey("packs/r000001/p000001.tar.age");
const mebibyte = 1024 * 1024;
let state = "";
let ends: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "coldstow-state-"));
  ends = [async () => await rm(state, { recursive: true })];
});

afterEach(async () => {
  for (const end of ends.toReversed()) await end();
});

async function started(options: SshdOptions = {}): Promise<Sshd> {
  const server = await startSshd(options);
  ends.push(async () => await server.stop());
  return server;
}

async function proxied(server: Sshd): Promise<FaultProxy> {
  const proxy = await startFaultProxy(server.port);
  ends.push(async () => await proxy.close());
  return proxy;
}

async function client(
  server: Sshd,
  given: Readonly<Record<string, string>> = {},
  stallTimeoutMs = 60_000,
): Promise<StorageBackend> {
  const config = parseSettings({
    host: server.host,
    port: String(server.port),
    user: server.user,
    dir: server.directory,
    key_file: server.privateKeyPath,
    known_hosts: "no",
    connections: "1",
    ...given,
  });
  const context = { progress: silent, stateDirectory: state };
  const backend = await sftpBackend({ ...config, stallTimeoutMs }, context);
  ends.push(async () => await backend.close());
  return backend;
}

function withDigest(bytes: Uint8Array): BodySource {
  const hex = createHash("sha256").update(bytes).digest("hex");
  return bytesSource(bytes, [{ algorithm: "sha256", hex }]);
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .toSorted();
}

async function listed(backend: StorageBackend): Promise<string[]> {
  const keys: string[] = [];
  for await (const info of backend.list("")) keys.push(info.key);
  return keys;
}

describe("a server that goes away", () => {
  test("is used again once it is back", async () => {
    const server = await started();
    const backend = await client(server);
    await backend.put(key, bytesSource(randomBytes(1000, 1)));
    await server.kill();
    await expect(backend.stat(key)).rejects.toMatchObject({ code: "E_TEMPORARY" });
    await expect(backend.stat(key)).rejects.toMatchObject({ code: "E_TEMPORARY" });
    await server.restart();
    expect((await backend.stat(key))?.sizeBytes).toBe(1000);
  });

  test("is told as such to every call, also to those that wait for the connections of others", async () => {
    const server = await started();
    const backend = await client(server, { connections: "1" });
    await server.kill();
    const calls = await Promise.allSettled([1, 2, 3, 4].map(() => backend.stat(key)));
    const reasons = calls.map((call) => (call.status === "rejected" ? call.reason : undefined));
    for (const reason of reasons) expect(reason).toMatchObject({ code: "E_TEMPORARY" });
  });

  test("and falls silent ends every call with E_TIMEOUT", async () => {
    const server = await started();
    const backend = await client(server, {}, 400);
    await backend.put(key, bytesSource(randomBytes(mebibyte, 1)));
    const read = backend.get(key)[Symbol.asyncIterator]();
    await read.next();
    await server.pause();
    const late = { code: "E_TIMEOUT" };
    await expect(backend.stat(key)).rejects.toMatchObject(late);
    await server.resume();
    expect((await backend.stat(key))?.sizeBytes).toBe(mebibyte);
    await server.pause();
    const put = backend.put(objectKey("other"), bytesSource(randomBytes(20 * mebibyte, 2)));
    await expect(put).rejects.toMatchObject(late);
    await server.resume();
  });

  test("does not answer a new connection: E_TIMEOUT", async () => {
    const server = await started();
    await server.pause();
    const refused = client(server, { connect_timeout: "1" });
    await expect(refused).rejects.toMatchObject({ code: "E_TIMEOUT" });
    await server.resume();
  });
});

describe.each([
  { name: "that computes digests", options: {} },
  { name: "that allows SFTP only", options: { sftpOnly: true } },
])("a broken upload to a server $name", ({ options }) => {
  test("goes on where it stopped", async () => {
    const server = await started(options);
    const proxy = await proxied(server);
    const backend = await client(server, { port: String(proxy.port) });
    const bytes = randomBytes(24 * mebibyte, 3);
    proxy.cutAfter(20 * mebibyte);
    const before = proxy.toServerBytes;
    const put = backend.put(key, withDigest(bytes));
    await expect(put).rejects.toMatchObject({ code: "E_TEMPORARY" });
    expect(await backend.stat(key)).toBeUndefined();
    const sentFirst = proxy.toServerBytes - before;
    await backend.put(key, withDigest(bytes), { ifAbsent: true });
    const sentAgain = proxy.toServerBytes - before - sentFirst;
    expect(sentAgain).toBeLessThan(14 * mebibyte);
    expect(await filesIn(server.directory)).toEqual([key]);
    expect(Buffer.compare(await readFile(join(server.directory, key)), bytes)).toBe(0);
  });

  test.each([
    ["lost its end", async (path: string) => await truncate(path, 1000)],
    ["is gone", async (path: string) => await rm(path)],
  ])("starts anew where the partial file %s", async (_what, harm) => {
    const server = await started(options);
    const proxy = await proxied(server);
    const backend = await client(server, { port: String(proxy.port) });
    const bytes = randomBytes(12 * mebibyte, 3);
    proxy.cutAfter(10 * mebibyte);
    await expect(backend.put(key, withDigest(bytes))).rejects.toMatchObject({
      code: "E_TEMPORARY",
    });
    const [partial = ""] = await filesIn(server.directory);
    await harm(join(server.directory, partial));
    await backend.put(key, withDigest(bytes));
    expect(Buffer.compare(await readFile(join(server.directory, key)), bytes)).toBe(0);
  });

  test("never becomes an object where the server holds other bytes", async () => {
    const server = await started(options);
    const proxy = await proxied(server);
    const backend = await client(server, { port: String(proxy.port) });
    const bytes = randomBytes(12 * mebibyte, 3);
    proxy.cutAfter(10 * mebibyte);
    await expect(backend.put(key, withDigest(bytes))).rejects.toMatchObject({
      code: "E_TEMPORARY",
    });
    const path = join(server.directory, (await filesIn(server.directory))[0] ?? "");
    const held = await readFile(path);
    held[5] = (held[5] ?? 0) ^ 1;
    await writeFile(path, held);
    await expect(backend.put(key, withDigest(bytes))).rejects.toMatchObject({ code: "E_FIXITY" });
    expect(await filesIn(server.directory)).toEqual([]);
    await backend.put(key, withDigest(bytes));
    expect(Buffer.compare(await readFile(join(server.directory, key)), bytes)).toBe(0);
  });
});

test("withRetry brings an upload through a line that breaks again and again", async () => {
  const server = await started();
  const proxy = await proxied(server);
  const plain = await client(server, { port: String(proxy.port) });
  const backend = withRetry(plain, {
    baseDelayMs: 1,
    onRetry: ({ attempt }) => {
      if (attempt < 3) proxy.cutAfter(6 * mebibyte);
    },
  });
  const bytes = randomBytes(16 * mebibyte, 4);
  proxy.cutAfter(6 * mebibyte);
  await backend.put(key, withDigest(bytes), { ifAbsent: true });
  expect(Buffer.compare(await readFile(join(server.directory, key)), bytes)).toBe(0);
  expect(await filesIn(server.directory)).toEqual([key]);
});

test("a partial file that nobody goes on with is removed by close", async () => {
  const server = await started();
  const proxy = await proxied(server);
  const backend = await client(server, { port: String(proxy.port) });
  proxy.cutAfter(5 * mebibyte);
  const put = backend.put(key, withDigest(randomBytes(12 * mebibyte, 3)));
  await expect(put).rejects.toMatchObject({ code: "E_TEMPORARY" });
  expect(await filesIn(server.directory)).toHaveLength(1);
  await backend.close();
  expect(await filesIn(server.directory)).toEqual([]);
});

describe("what the server refuses", () => {
  test("for want of room is E_NO_SPACE, and nothing is left", async () => {
    const server = await started({ diskBytes: 8 * mebibyte });
    const backend = await client(server);
    const put = backend.put(key, bytesSource(randomBytes(12 * mebibyte, 1)));
    await expect(put).rejects.toMatchObject({ code: "E_NO_SPACE" });
    expect(await filesIn(server.localDirectory)).toEqual([]);
    await backend.put(key, bytesSource(randomBytes(6 * mebibyte, 1)));
    expect(await filesIn(server.localDirectory)).toEqual([key]);
  });

  test("because it only reads is E_PERMISSION", async () => {
    const server = await started({ readOnly: true });
    const backend = await client(server);
    const put = backend.put(key, bytesSource(randomBytes(10, 1)));
    await expect(put).rejects.toMatchObject({ code: "E_PERMISSION" });
  });

  test("to make, where the folder must be there already, is E_NO_CONTAINER", async () => {
    const server = await started();
    const dir = join(server.directory, "mount");
    const refused = client(server, { dir, create: "no" });
    await expect(refused).rejects.toMatchObject({ code: "E_NO_CONTAINER" });
    await mkdir(dir);
    await (await client(server, { dir, create: "no" })).put(key, bytesSource(randomBytes(9, 1)));
    expect(await filesIn(dir)).toEqual([key]);
  });
});

test("a relative folder begins where the server puts the user", async () => {
  const server = await started({ startInDirectory: true });
  const backend = await client(server, { dir: "my photos/it's" });
  const info = await backend.put(key, bytesSource(randomBytes(10, 1)));
  expect(info.digest?.algorithm).toBe("sha256");
  expect(await filesIn(server.directory)).toEqual([`my photos/it's/${key}`]);
});

test("a server that locks its sessions into a folder computes no digests, but stores", async () => {
  const server = await started({ chroot: true });
  const backend = await client(server, { dir: "/upload" });
  expect(backend.capabilities.serverDigest).toBeUndefined();
  await backend.put(key, bytesSource(randomBytes(10, 1)));
  expect(await filesIn(server.directory)).toEqual([`upload/${key}`]);
});

test("a server whose login scripts hang computes no digests, but stores", async () => {
  const hanging = `if [ "$SSH_ORIGINAL_COMMAND" = "exec sh" ]; then exec sleep 600; fi; exec /usr/lib/openssh/sftp-server`;
  const server = await started({ extraConfig: [`ForceCommand ${hanging}`] });
  const backend = await client(server, { connect_timeout: "1" });
  expect(backend.capabilities.serverDigest).toBeUndefined();
  await backend.put(key, bytesSource(randomBytes(1000, 1)));
  expect(await listed(backend)).toEqual([key]);
});

test("one session for each connection is enough", async () => {
  const server = await started({ maxSessions: 1 });
  const backend = await client(server);
  expect(backend.capabilities.serverDigest).toBeUndefined();
  await backend.put(key, bytesSource(randomBytes(10, 1)));
  expect((await backend.stat(key))?.sizeBytes).toBe(10);
});

test("symbolic links beneath the destination are never followed", async () => {
  const server = await started();
  const outside = join(state, "outside");
  await mkdir(outside);
  await writeFile(join(outside, "p000001.tar.age"), "not ours");
  await mkdir(join(server.directory, "packs"));
  await symlink(outside, join(server.directory, "packs", "r000001"));
  const backend = await client(server);
  const refused = { code: "E_FORMAT" };
  await expect(backend.put(key, bytesSource(randomBytes(9, 1)))).rejects.toMatchObject(refused);
  await expect(backend.stat(key)).rejects.toMatchObject(refused);
  await expect(readAll(backend.get(key))).rejects.toMatchObject(refused);
  await expect(backend.delete(key)).rejects.toMatchObject(refused);
  await expect(listed(backend)).rejects.toMatchObject(refused);
  expect(await readdir(outside)).toEqual(["p000001.tar.age"]);
});

test("partial files of a day ago are removed by the first write, younger and foreign ones stay", async () => {
  const server = await started();
  const folder = join(server.directory, "packs", "r000001");
  await mkdir(folder, { recursive: true });
  const names = ["x.0123456789abcdef.partial", "y.0123456789abcdef.partial", "movie.mkv.partial"];
  for (const name of names) await writeFile(join(folder, name), "half");
  const old = new Date(Date.now() - 25 * 60 * 60 * 1000);
  for (const name of [names[0] ?? "", names[2] ?? ""]) await utimes(join(folder, name), old, old);
  await (await client(server)).put(objectKey("a"), bytesSource(randomBytes(9, 1)));
  expect((await readdir(folder)).toSorted()).toEqual([names[2], names[1]]);
});

test("an object that is cut under its reader ends with E_FIXITY", async () => {
  const server = await started();
  const backend = await client(server);
  await backend.put(key, bytesSource(randomBytes(20 * mebibyte, 2)));
  const read = async (): Promise<void> => {
    for await (const chunk of backend.get(key)) {
      if (chunk.length > 0) await truncate(join(server.directory, key), 1000);
    }
  };
  await expect(read()).rejects.toMatchObject({ code: "E_FIXITY" });
});

test("a folder that vanishes between two objects is made again", async () => {
  const server = await started();
  const backend = await client(server);
  await backend.put(key, trackedSource(randomBytes(10, 1)));
  await rm(join(server.directory, "packs"), { recursive: true });
  await backend.put(key, trackedSource(randomBytes(10, 1)));
  expect(await filesIn(server.directory)).toEqual([key]);
});
