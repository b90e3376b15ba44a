import { existsSync } from "node:fs";

import { expect, onTestFinished, test, vi } from "vitest";

import { startSwift, stranger, type Swift, type SwiftOptions } from "./swift.ts";

// Servers start slowly on a machine that has much else to do.
vi.setConfig({ testTimeout: 240_000 });

async function started(options: SwiftOptions = {}): Promise<Swift> {
  const swift = await startSwift(options);
  onTestFinished(async () => await swift.stop());
  return swift;
}

interface Login {
  readonly token: string;
  readonly url: string;
}

async function login(swift: Swift, user: string = swift.user, key = swift.key): Promise<Login> {
  const headers = { "x-auth-user": user, "x-auth-key": key };
  const answer = await fetch(swift.authUrl, { headers });
  const token = answer.headers.get("x-auth-token");
  if (token === null) throw new Error(`no token: ${answer.status}`);
  return { token, url: swift.storageUrl };
}

async function ask(
  { token, url }: Login,
  method: string,
  path: string,
  more: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<Response> {
  const headers = { "x-auth-token": token, ...more };
  return await fetch(`${url}/${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
}

test("what was stored is there again after every server was killed", async () => {
  const swift = await startSwift();
  try {
    const before = await login(swift);
    const name = swift.freshName();
    expect((await ask(before, "PUT", name)).status).toBe(201);
    expect((await ask(before, "PUT", `${name}/a`, {}, "bytes")).status).toBe(201);
    const pids = swift.pids;
    await swift.kill();
    for (const pid of Object.values(pids)) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    await expect(fetch(swift.authUrl)).rejects.toThrow("fetch failed");
    await swift.restart();
    // Tokens lived in memcached.
    expect((await ask(before, "GET", `${name}/a`)).status).toBe(401);
    const answer = await ask(await login(swift), "GET", `${name}/a`);
    expect(await answer.text()).toBe("bytes");
  } finally {
    await swift.stop();
  }
  await swift.stop();
  expect(existsSync(swift.directory)).toBe(false);
});

test("several run beside each other, each with policies, limits and disk of its own", async () => {
  const [cold, hot] = await Promise.all([
    started({ maxFileBytes: 1000 }),
    started({ policies: ["hot", "PCA"], diskBytes: 32 * 1024 ** 2 }),
  ]);
  const [inCold, inHot] = [await login(cold), await login(hot)];
  await ask(inCold, "PUT", "container");
  await ask(inHot, "PUT", "container");
  await ask(inHot, "PUT", "other", { "x-storage-policy": "PCA" });
  const policyOf = async (who: Login, name: string): Promise<string | null> =>
    (await ask(who, "HEAD", name)).headers.get("x-storage-policy");
  expect(await policyOf(inCold, "container")).toBe("PCA");
  expect(await policyOf(inHot, "container")).toBe("hot");
  expect(await policyOf(inHot, "other")).toBe("PCA");
  expect((await ask(inCold, "PUT", "container/long", {}, "a".repeat(1001))).status).toBe(413);
  const bytes = "a".repeat(40 * 1024 ** 2);
  expect((await ask(inHot, "PUT", "container/long", {}, bytes)).status).toBeGreaterThanOrEqual(500);
  expect((await ask(inHot, "HEAD", "container/long")).status).toBe(404);
});

test("a paused Swift answers once it is resumed, and a stranger may do nothing", async () => {
  const swift = await started();
  swift.pause();
  let answered = false;
  const waiting = login(swift).finally(() => {
    answered = true;
  });
  await expect(
    fetch(`${swift.s3.endpoint}/healthcheck`, { signal: AbortSignal.timeout(300) }),
  ).rejects.toThrow("timeout");
  expect(answered).toBe(false);
  swift.resume();
  await waiting;
  const other = await login(swift, stranger.user, stranger.key);
  expect((await ask(other, "PUT", "container")).status).toBe(403);
});
