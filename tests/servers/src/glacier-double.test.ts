import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect, onTestFinished, test } from "vitest";

import { startGlacierDouble, type GlacierDouble } from "./glacier-double.ts";

type Rclone = (...args: string[]) => Promise<string>;

/** A client that knows nothing of the double: what works with it is S3. */
function rclone(double: GlacierDouble, secretAccessKey = double.secretAccessKey): Rclone {
  const env = {
    PATH: process.env["PATH"] ?? "",
    RCLONE_CONFIG_D_TYPE: "s3",
    RCLONE_CONFIG_D_PROVIDER: "Other",
    RCLONE_CONFIG_D_LIST_VERSION: "2",
    RCLONE_CONFIG_D_ENDPOINT: double.endpoint,
    RCLONE_CONFIG_D_REGION: double.region,
    RCLONE_CONFIG_D_ACCESS_KEY_ID: double.accessKeyId,
    RCLONE_CONFIG_D_SECRET_ACCESS_KEY: secretAccessKey,
    RCLONE_CONFIG_D_STORAGE_CLASS: "DEEP_ARCHIVE",
    RCLONE_CONFIG_D_FORCE_PATH_STYLE: "true",
    RCLONE_CONFIG_D_NO_CHECK_BUCKET: "true",
    RCLONE_CONFIG_D_UPLOAD_CUTOFF: "6M",
  };
  const fixed = ["--config", "/dev/null", "--retries", "1", "--low-level-retries", "1"];
  return async (...args) =>
    (await promisify(execFile)("rclone", [...fixed, ...args], { env })).stdout;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "coldstow-double-"));
  onTestFinished(async () => await rm(path, { recursive: true }));
  return path;
}

test("rclone stores, lists, thaws, reads and deletes, in one piece and in parts", async () => {
  const double = await startGlacierDouble();
  onTestFinished(async () => await double.stop());
  double.createBucket("bucket");
  const place = await folder();
  const run = rclone(double);
  for (const size of [1000, 13_000_000]) {
    const path = join(place, "file");
    const bytes = randomBytes(size);
    await writeFile(path, bytes);
    await run("copyto", path, "d:bucket/dir/file");
    expect(double.objects("bucket")).toEqual([
      { name: "dir/file", storageClass: "DEEP_ARCHIVE", state: "frozen" },
    ]);
    expect((await run("lsf", "--format", "ps", "d:bucket/dir")).trim()).toBe(`file;${size}`);
    await expect(run("cat", "d:bucket/dir/file")).rejects.toThrow("restore first");
    await run("backend", "restore", "d:bucket/dir", "-o", "priority=Bulk", "-o", "lifetime=2");
    expect(double.restores.at(-1)).toEqual({ name: "dir/file", days: 2, tier: "Bulk" });
    await expect(run("cat", "d:bucket/dir/file")).rejects.toThrow("restore first");
    await fetch(`${double.clockUrl}?advanceMs=${12 * 3600 * 1000}`, { method: "POST" });
    await run("copyto", "d:bucket/dir/file", `${path}.back`);
    expect((await readFile(`${path}.back`)).equals(bytes)).toBe(true);
    double.clock.advance(4 * 24 * 3600 * 1000);
    await expect(run("cat", "d:bucket/dir/file")).rejects.toThrow("restore first");
    await run("deletefile", "d:bucket/dir/file");
    expect(double.objects("bucket")).toEqual([]);
  }
});

test("a wrong signature is refused", async () => {
  const double = await startGlacierDouble();
  onTestFinished(async () => await double.stop());
  double.createBucket("bucket");
  await expect(rclone(double, "wrong")("lsf", "d:bucket")).rejects.toThrow("SignatureDoesNotMatch");
});

test("nothing is left when it has stopped", async () => {
  const double = await startGlacierDouble();
  await double.stop();
  await double.stop();
  expect(existsSync(double.directory)).toBe(false);
  await expect(fetch(double.clockUrl)).rejects.toThrow("fetch failed");
});
