import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { bytesSource, objectKey, silent, type StorageBackend } from "@coldstow/contracts";
import { startFaultProxy, type FaultProxy } from "@coldstow/test-servers/fault-proxy";
import { startSwift, type Swift } from "@coldstow/test-servers/swift";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";

import { MiB, patterned } from "../testing/destination.ts";
import { plugin } from "./index.ts";

// Servers start slowly on a machine that has much else to do.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const key = objectKey("packs/r000001/p000001.tar.age");
const small = bytesSource(Buffer.from("some bytes"));

let swift: Swift;
let proxy: FaultProxy;
let stateDirectory = "";

beforeAll(async () => {
  swift = await startSwift();
  proxy = await startFaultProxy(Number(new URL(swift.s3.endpoint).port));
  stateDirectory = await mkdtemp(join(tmpdir(), "coldstow-s3-"));
});

afterAll(async () => {
  await proxy.close();
  await swift.stop();
  await rm(stateDirectory, { recursive: true });
});

async function open(settings: Readonly<Record<string, string>>): Promise<StorageBackend> {
  const backend = await plugin.open(
    {
      endpoint: `http://127.0.0.1:${proxy.port}`,
      access_key: swift.s3.accessKeyId,
      secret_key: swift.s3.secretAccessKey,
      create: "yes",
      ...settings,
    },
    { progress: silent, stateDirectory },
  );
  onTestFinished(async () => await backend.close());
  return backend;
}

async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const sum = createHash("sha256");
  for await (const chunk of chunks) sum.update(chunk);
  return sum.digest("hex");
}

test("a wrong secret is E_AUTH, a wrong region E_CONFIG, a missing bucket E_NO_CONTAINER", async () => {
  const bucket = swift.freshName();
  for (const [settings, code] of [
    [{ secret_key: "not-the-secret" }, "E_AUTH"],
    [{ access_key: "test:nobody" }, "E_AUTH"],
    [{ region: "eu-elsewhere-1" }, "E_CONFIG"],
    [{ create: "no" }, "E_NO_CONTAINER"],
  ] as const) {
    const backend = await open({ bucket, ...settings });
    await expect(backend.put(key, small)).rejects.toMatchObject({ code });
    await expect(backend.stat(key)).rejects.toMatchObject({ code });
  }
});

test("an upload in parts goes on after every server was killed", async () => {
  const bucket = swift.freshName();
  const settings = { bucket, multipart: "yes", part_size: "5" };
  const backend = await open(settings);
  const source = patterned(23 * MiB + 5);
  const sent = proxy.toServerBytes;
  const killed = proxy.forwarded(sent + 12 * MiB, "to-server").then(async () => await swift.kill());
  await expect(backend.put(key, source)).rejects.toMatchObject({ code: "E_TEMPORARY" });
  await killed;
  await swift.restart();
  const later = await open(settings);
  expect(await later.stat(key)).toBeUndefined();
  const progress: number[] = [];
  await later.put(key, source, { onProgress: (bytes) => progress.push(bytes) });
  expect(progress[0]).toBeGreaterThanOrEqual(5 * MiB);
  expect(await digestOf(later.get(key))).toBe(await digestOf(source.open(0)));
});

test("rclone reads what was stored, in one piece and in parts", async () => {
  const bucket = swift.freshName();
  const source = patterned(6 * MiB);
  for (const multipart of ["no", "yes"]) {
    const backend = await open({ bucket, prefix: multipart, multipart, part_size: "5" });
    await backend.put(key, source);
    const read = await promisify(execFile)(
      "rclone",
      ["--config", "/dev/null", "hashsum", "sha256", "--download", `swift:${bucket}/${multipart}`],
      {
        env: {
          // Nothing else: this machine may have settings of its own for S3.
          PATH: process.env["PATH"] ?? "",
          RCLONE_CONFIG_SWIFT_TYPE: "s3",
          RCLONE_CONFIG_SWIFT_PROVIDER: "Other",
          RCLONE_CONFIG_SWIFT_ENDPOINT: swift.s3.endpoint,
          RCLONE_CONFIG_SWIFT_ACCESS_KEY_ID: swift.s3.accessKeyId,
          RCLONE_CONFIG_SWIFT_SECRET_ACCESS_KEY: swift.s3.secretAccessKey,
        },
      },
    );
    expect(read.stdout.trim()).toBe(`${await digestOf(source.open(0))}  ${key}`);
  }
});

test("a store that refuses conditional PUTs is understood whatever the body's length is", async () => {
  const backend = await open({ bucket: swift.freshName(), conditional_put: "yes" });
  for (const sizeBytes of [1000, 3 * MiB, 20 * MiB]) {
    await expect(backend.put(key, patterned(sizeBytes), { ifAbsent: true })).rejects.toMatchObject({
      code: "E_UNSUPPORTED",
      hint: expect.stringContaining("conditional_put = no"),
    });
  }
  const without = await open({ bucket: swift.freshName(), conditional_put: "no" });
  await without.put(key, patterned(3 * MiB), { ifAbsent: true });
});

test("a disk that is full ends a put, and nothing of it is there", async () => {
  const full = await startSwift({ diskBytes: 24 * MiB });
  onTestFinished(async () => await full.stop());
  const backend = await open({ bucket: full.freshName(), endpoint: full.s3.endpoint });
  await backend.put(objectKey("first"), small);
  const put = backend.put(key, patterned(30 * MiB));
  await expect(put).rejects.toMatchObject({ code: "E_TEMPORARY" });
  expect(await backend.stat(key)).toBeUndefined();
});
