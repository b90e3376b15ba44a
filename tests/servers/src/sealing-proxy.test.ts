import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { startSealingProxy, type SealingProxy } from "./sealing-proxy.ts";
import { startSwift, type Swift } from "./swift.ts";

const run = promisify(execFile);
let swift: Swift;
let proxy: SealingProxy;
let folder = "";
let container = "";

beforeAll(async () => {
  swift = await startSwift();
});

afterAll(async () => {
  await swift.stop();
});

beforeEach(async () => {
  proxy = await startSealingProxy({ target: swift.authUrl, unsealSeconds: 600 });
  folder = await mkdtemp(join(tmpdir(), "coldstow-sealing-"));
  container = swift.freshName();
  await writeFile(join(folder, "body"), "some bytes");
});

afterEach(async () => {
  await proxy.stop();
  await rm(folder, { recursive: true });
});

/** Stock python-swiftclient, which knows nothing of sealing. */
async function client(...words: string[]): Promise<string> {
  const auth = ["-A", proxy.authUrl, "-U", swift.user, "-K", swift.key, "--retries", "0"];
  const { stdout } = await run("swift", [...auth, ...words], { cwd: folder });
  return stdout;
}

test("a stock client stores, sees the state, is refused, and reads once the clock has moved", async () => {
  await client("upload", container, "body");
  const name = `${container}/body`;
  expect(await client("stat", container, "body")).toMatch(/X-Ovh-Retrieval-State: sealed/i);
  expect(proxy.asked(name)).toBe(0);
  await expect(client("download", container, "body", "-o", "-")).rejects.toThrow(/429/);
  expect(proxy.asked(name)).toBe(1);
  const unsealing = await client("stat", container, "body");
  expect(unsealing).toMatch(/X-Ovh-Retrieval-State: unsealing/i);
  expect(unsealing).toMatch(/X-Ovh-Retrieval-Delay: 600/i);
  proxy.advance(599);
  await expect(client("download", container, "body", "-o", "-")).rejects.toThrow(/429/);
  proxy.advance(1);
  expect(await client("download", container, "body", "-o", "-")).toBe("some bytes");
});

test("an object is sealed again after its window, and then takes longer", async () => {
  await client("upload", container, "body");
  const name = `${container}/body`;
  expect(proxy.states.ask(name)).toBe(600);
  proxy.advance(600 + 24 * 3600);
  expect(proxy.states.state(name)).toBe("sealed");
  expect(proxy.states.ask(name)).toBe(1200);
});

test("what is written anew is sealed again", async () => {
  await client("upload", container, "body");
  const name = `${container}/body`;
  proxy.states.ask(name);
  proxy.advance(600);
  expect(proxy.states.state(name)).toBe("unsealed");
  await client("upload", container, "body");
  expect(proxy.states.state(name)).toBe("sealed");
});

test("another process moves the clock", async () => {
  proxy.states.ask(`${container}/body`);
  const answer = await fetch(`${proxy.advanceUrl}?seconds=600`, { method: "POST" });
  expect(answer.status).toBe(204);
  expect(proxy.states.state(`${container}/body`)).toBe("unsealed");
});

test("a body that breaks off on its way is not stored", async () => {
  await client("upload", container, "body");
  const auth = { "x-auth-user": swift.user, "x-auth-key": swift.key };
  const granted = await fetch(proxy.authUrl, { headers: auth });
  const url = `${granted.headers.get("x-storage-url") ?? ""}/${container}/body`;
  const headers = { "x-auth-token": granted.headers.get("x-auth-token") ?? "" };
  const controller = new AbortController();
  async function* half(): AsyncGenerator<Uint8Array, void, undefined> {
    yield new Uint8Array(100_000);
    controller.abort();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const put = { method: "PUT", headers, body: half(), duplex: "half", signal: controller.signal };
  await expect(fetch(url, put as unknown as RequestInit)).rejects.toThrow(/abort/i);
  const head = await fetch(url, { method: "HEAD", headers });
  expect(head.headers.get("content-length")).toBe("10");
});
