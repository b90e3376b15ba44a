import { inspect } from "node:util";

import { randomBytes, readAll } from "@coldstow/backend-testkit";
import { bytesSource, isColdstowError, objectKey } from "@coldstow/contracts";
import { expect, test } from "vitest";

import { credentials } from "../testing/swift-place.ts";
import { useSwift, type SealedPlace } from "../testing/use-swift.ts";

const { sealed } = useSwift();
const key = objectKey("packs/r000001/p000001.tar.age");
const bytes = randomBytes(600_000, 1);

const ways: readonly (readonly [string, (place: SealedPlace) => Record<string, string>])[] = [
  ["tempauth", ({ proxy }) => ({ auth_url: proxy.authUrl })],
  ["Keystone", ({ proxy }) => ({ auth_url: proxy.keystoneUrl, region: "GRA" })],
];

for (const [way, settings] of ways) {
  test(`a token of ${way} that expires in the middle of work is renewed, once for all`, async () => {
    const place = await sealed();
    const backend = place.client(settings(place));
    await backend.put(key, bytesSource(bytes));
    expect(place.proxy.granted()).toBe(1);
    place.proxy.expireTokens();
    await Promise.all(Array.from({ length: 6 }, () => backend.stat(key)));
    expect(place.proxy.granted()).toBe(2);
    place.proxy.expireTokens();
    await backend.put(objectKey("another"), bytesSource(bytes));
    expect(place.proxy.granted()).toBe(3);
  });

  test(`a wrong password is told by ${way} as E_AUTH, and is nowhere in the error`, async () => {
    const place = await sealed();
    const password = "not-the-secret-that-is-right";
    const backend = place.client({ ...settings(place), password });
    const error: unknown = await backend.check().catch((reason: unknown) => reason);
    expect(isColdstowError(error) && error.code).toBe("E_AUTH");
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(password);
  });

  test(`too many tokens of ${way} are told as E_THROTTLED, with the time to come back`, async () => {
    const place = await sealed();
    const backend = place.client(settings(place));
    const act = { kind: "answer", status: 429, headers: { "retry-after": "45" } } as const;
    place.proxy.addFault({ path: /auth/, act });
    const before = Date.now();
    const error: unknown = await backend.stat(key).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "E_THROTTLED", retryAt: expect.any(String) });
    const { retryAt = "" } = error as { retryAt?: string };
    expect(Date.parse(retryAt) - before).toBeGreaterThanOrEqual(45_000);
    expect(await backend.stat(key)).toBeUndefined();
  });
}

test("a token that is refused although it is new ends the call with E_AUTH", async () => {
  const { backend, proxy } = await sealed();
  proxy.addFault({ path: /^\/v1\//, times: 2, act: { kind: "answer", status: 401 } });
  await expect(backend.stat(key)).rejects.toMatchObject({ code: "E_AUTH" });
  expect(proxy.granted()).toBe(2);
});

test("a region in which the project has no storage is named, with those that it has", async () => {
  const place = await sealed();
  const backend = place.client({ auth_url: place.proxy.keystoneUrl, region: "BHS" });
  await expect(backend.check()).rejects.toMatchObject({
    code: "E_CONFIG",
    message: expect.stringContaining("ELSEWHERE, GRA"),
  });
});

test("no error of a connection, an answer or a body holds the password or a token", async () => {
  const { backend, proxy } = await sealed({ stallMs: 1500 });
  await backend.put(key, bytesSource(bytes));
  const calls: readonly (() => Promise<unknown>)[] = [
    () => backend.stat(key),
    () => readAll(backend.get(key)),
    () => backend.put(key, bytesSource(bytes)),
    () => backend.delete(key),
    () => readAll(backend.get(objectKey("absent"))),
  ];
  const told: string[] = [];
  for (const act of [
    { kind: "reset" },
    { kind: "answer", status: 403 },
    { kind: "answer", status: 500 },
    { kind: "answer", status: 302, headers: { location: "https://elsewhere.example/" } },
  ] as const) {
    for (const call of calls) {
      proxy.addFault({ path: /^\/v1\//, act });
      const error: unknown = await call().catch((reason: unknown) => reason);
      expect(isColdstowError(error)).toBe(true);
      told.push(inspect(error, { depth: 9, showHidden: true }));
    }
  }
  expect(told.join("\n")).not.toMatch(new RegExp(`${credentials.password}|token-[0-9a-f]+`));
});
