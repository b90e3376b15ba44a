import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

import ssh2, { type SFTPWrapper } from "ssh2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { startSftpGateway, type SftpGateway } from "./sftp-gateway.ts";

const { Client } = ssh2;
const sealed = "/archive/sealed";
let gateway: SftpGateway;
let client: InstanceType<typeof Client>;
let sftp: SFTPWrapper;

type Done = (error?: Error | null, value?: unknown) => void;

async function asked<T>(send: (done: Done) => void): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  send((error, value) => (error ? reject(error) : resolve(value)));
  return (await promise) as T;
}

beforeEach(async () => {
  gateway = await startSftpGateway({
    hooks: { beforeRead: (path) => (path === sealed ? "failure" : "ok") },
  });
  client = new Client();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.once("ready", resolve).once("error", reject);
  const { host, port, user, password } = gateway;
  client.connect({ host, port, username: user, password });
  await promise;
  sftp = await asked<SFTPWrapper>((done) => client.sftp(done));
});

afterEach(async () => {
  client.destroy();
  await gateway.stop();
});

async function opened(path: string, flags: "w" | "r"): Promise<Buffer> {
  return await asked<Buffer>((done) => sftp.open(path, flags, done));
}

async function written(handle: Buffer, bytes: number, offset: number): Promise<unknown> {
  return await asked((done) => sftp.write(handle, Buffer.alloc(bytes), 0, bytes, offset, done));
}

describe("the gateway's double", () => {
  test("shows a file under its name while it is written, in order only", async () => {
    const handle = await opened("archive/file", "w");
    await written(handle, 1000, 0);
    expect(await readdir(join(gateway.directory, "archive"))).toEqual(["file"]);
    await expect(written(handle, 10, 5)).rejects.toMatchObject({ code: 4 });
    await expect(written(handle, 10, 2000)).rejects.toMatchObject({ code: 4 });
    await written(handle, 10, 1000);
  });

  test("has no rename, no attributes, no appending and no extensions", async () => {
    await opened("archive/file", "w");
    const refused = { code: 8 };
    const renamed = asked((done) => sftp.rename("archive/file", "archive/other", done));
    await expect(renamed).rejects.toMatchObject(refused);
    const timed = asked((done) => sftp.utimes("archive/file", 1, 1, done));
    await expect(timed).rejects.toMatchObject(refused);
    const appended = asked((done) => sftp.open("archive/file", "a", done));
    await expect(appended).rejects.toMatchObject(refused);
    expect(() => sftp.ext_openssh_statvfs("archive", () => undefined)).toThrow("does not support");
  });

  test("makes folders within a container, and no container", async () => {
    await asked((done) => sftp.mkdir("archive/folder", done));
    const made = asked((done) => sftp.mkdir("another", done));
    await expect(made).rejects.toMatchObject({ code: 3 });
    await expect(opened("missing/file", "w")).rejects.toMatchObject({ code: 2 });
  });

  test("refuses to read what its hook calls sealed", async () => {
    await written(await opened(sealed, "w"), 10, 0);
    await expect(opened(sealed, "r")).rejects.toMatchObject({ code: 4 });
  });

  test("runs no commands, and keeps paths within its folder", async () => {
    await expect(asked((done) => client.exec("id", done))).rejects.toThrow(/exec|channel/i);
    await mkdir(join(gateway.directory, "archive", "in"));
    const names = await asked<{ filename: string }[]>((done) =>
      sftp.readdir("archive/../../..", done),
    );
    expect(names.map(({ filename }) => filename)).toEqual(["archive"]);
  });
});
