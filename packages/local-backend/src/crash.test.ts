import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { randomBytes, readAll } from "@coldstow/backend-testkit";
import { bytesSource, objectKey } from "@coldstow/contracts";
import { afterEach, beforeEach, expect, test } from "vitest";

import { localBackend } from "./index.ts";

const key = objectKey("packs/r000001/p000001.tar.age");
const before = randomBytes(5000, 1);
let folder = "";
let directory = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "coldstow-crash-"));
  await chmod(folder, 0o755);
  directory = join(folder, "destination");
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A child that puts 64 MiB under the key and prints each MiB it has sent, then how it ended. */
function putScript(options: string): string {
  return `
    import { localBackend } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
    const backend = localBackend({ directory: ${JSON.stringify(directory)}, create: true });
    await backend.stat("warm/up");
    ${options}
    const sizeBytes = 64 * 1024 * 1024;
    const source = {
      sizeBytes,
      digests: [],
      async *open(offset) {
        for (let at = offset; at < sizeBytes; at += 1024 * 1024) {
          console.log("sent", at);
          await new Promise((resolve) => setTimeout(resolve, 2));
          yield new Uint8Array(1024 * 1024).fill(7);
        }
      },
    };
    await backend.put(${JSON.stringify(key)}, source).then(
      () => console.log("stored"),
      (error) => console.log(error.code, error.message, error.hint),
    );`;
}

async function output(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await once(child, "close");
  return printed;
}

async function visible(): Promise<[string, number][]> {
  const found: [string, number][] = [];
  const backend = localBackend({ directory, create: true });
  for await (const info of backend.list("")) found.push([info.key, info.sizeBytes]);
  return found;
}

async function names(): Promise<string[]> {
  return await readdir(join(directory, "packs", "r000001"));
}

test("a writer that is killed midway leaves the object as it was, and only a partial file", async () => {
  const backend = localBackend({ directory, create: true });
  await backend.put(key, bytesSource(before));
  const child = spawn(process.execPath, ["--input-type=module", "-e", putScript("")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    if (printed.includes(`sent ${20 * 1024 * 1024}`)) child.kill("SIGKILL");
  }
  expect(printed).not.toContain("stored");
  expect(await visible()).toEqual([[key, before.length]]);
  expect(Buffer.compare(await readAll(backend.get(key)), before)).toBe(0);
  expect((await names()).filter((name) => name.endsWith(".partial"))).toHaveLength(1);
});

test("a writer that is killed midway leaves no object where there was none", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", putScript("")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    if (printed.includes(`sent ${10 * 1024 * 1024}`)) child.kill("SIGKILL");
  }
  expect(printed).not.toContain("stored");
  expect(await visible()).toEqual([]);
  expect(await localBackend({ directory, create: true }).stat(key)).toBeUndefined();
});

test("where a file may grow no further, put ends with E_NO_SPACE and leaves nothing of it", async () => {
  await localBackend({ directory, create: true }).put(key, bytesSource(before));
  const script = putScript("");
  const limited = 'ulimit -f 8192; exec "$0" --input-type=module -e "$1"';
  const printed = await output("/bin/sh", ["-c", limited, process.execPath, script]);
  expect(printed).toContain("E_NO_SPACE");
  expect(printed).toContain("choose smaller packs");
  expect(await names()).toEqual(["p000001.tar.age"]);
  expect(await visible()).toEqual([[key, before.length]]);
});

test("in a folder that may not be written, put ends with E_PERMISSION and changes nothing", async () => {
  await mkdir(directory, { mode: 0o555 });
  await chmod(directory, 0o555);
  // The superuser may write everywhere, so the child gives that up once its modules are loaded.
  const unprivileged = "if (process.getuid() === 0) process.setuid(65534);";
  const script = putScript(unprivileged);
  const printed = await output(process.execPath, ["--input-type=module", "-e", script]);
  expect(printed).toContain("E_PERMISSION");
  expect(await readdir(directory)).toEqual([]);
});
