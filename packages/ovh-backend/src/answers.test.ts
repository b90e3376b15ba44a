import { randomBytes, readAll } from "@coldstow/backend-testkit";
import { bytesSource, objectKey, type ErrorCode } from "@coldstow/contracts";
import { expect, test } from "vitest";

import { allListed } from "../testing/all-listed.ts";
import { useSwift } from "../testing/use-swift.ts";

const { sealed } = useSwift();
const key = objectKey("packs/r000001/p000001.tar.age");
const body = bytesSource(randomBytes(300_000, 1));
const onObject = /p000001/;

const codes: readonly (readonly [number, ErrorCode])[] = [
  [403, "E_PERMISSION"],
  [408, "E_TIMEOUT"],
  [409, "E_TEMPORARY"],
  [413, "E_NO_SPACE"],
  [422, "E_FIXITY"],
  [429, "E_THROTTLED"],
  [498, "E_THROTTLED"],
  [500, "E_TEMPORARY"],
  [503, "E_TEMPORARY"],
  [507, "E_NO_SPACE"],
  [302, "E_IO"],
];

for (const [status, code] of codes) {
  test(`a put that is answered ${status} ends with ${code} and leaves what was there`, async () => {
    const { backend, proxy } = await sealed();
    await backend.put(key, bytesSource(randomBytes(10, 2)));
    proxy.addFault({ method: "PUT", path: onObject, act: { kind: "answer", status } });
    await expect(backend.put(key, body)).rejects.toMatchObject({ code });
    expect((await backend.stat(key))?.sizeBytes).toBe(10);
  });
}

test("an answer that names a time to come back hands it on", async () => {
  const { backend, proxy } = await sealed();
  for (const [status, code] of [
    [503, "E_TEMPORARY"],
    [429, "E_THROTTLED"],
  ] as const) {
    const act = { kind: "answer", status, headers: { "retry-after": "120" } } as const;
    proxy.addFault({ method: "HEAD", act });
    const before = Date.now();
    const error: unknown = await backend.stat(key).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    const { retryAt = "" } = error as { retryAt?: string };
    expect(Date.parse(retryAt) - before).toBeGreaterThanOrEqual(120_000);
  }
});

test("a read that is put off because the store is busy is not taken for a thaw", async () => {
  const { backend, proxy, container } = await sealed();
  await backend.put(key, body);
  const name = `${container}/${key}`;
  await backend.cold?.requestThaw([key], {});
  proxy.advance(proxy.states.delaySeconds(name) ?? 0);
  const act = { kind: "answer", status: 429, headers: { "retry-after": "5" } } as const;
  proxy.addFault({ method: "GET", path: onObject, act });
  await expect(readAll(backend.get(key))).rejects.toMatchObject({ code: "E_THROTTLED" });
  expect((await readAll(backend.get(key))).length).toBe(300_000);
});

test("an object that freezes between the look and the read is told as thawing, with the time", async () => {
  const { backend, proxy, container } = await sealed();
  await backend.put(key, body);
  const unsealed = { "x-ovh-retrieval-state": "unsealed" };
  proxy.addFault({ method: "HEAD", path: onObject, act: { kind: "amend", headers: unsealed } });
  await expect(readAll(backend.get(key))).rejects.toMatchObject({
    code: "E_THAWING",
    retryAt: expect.any(String),
  });
  expect(proxy.asked(`${container}/${key}`)).toBe(1);
});

test("a request to thaw that a busy store puts off is told as such and can be repeated", async () => {
  const { backend, proxy } = await sealed();
  await backend.put(key, body);
  const act = { kind: "answer", status: 429, headers: { "retry-after": "5" } } as const;
  proxy.addFault({ method: "GET", path: onObject, act });
  await expect(backend.cold?.requestThaw([key], {})).rejects.toMatchObject({
    code: "E_THROTTLED",
    retryAt: expect.any(String),
  });
  const [told] = (await backend.cold?.requestThaw([key], {})) ?? [];
  expect(told?.state).toBe("thawing");
});

test("a listing that is no JSON, or no listing, is not taken for an empty one", async () => {
  const { backend, proxy } = await sealed();
  await backend.put(key, body);
  const html = { "content-type": "text/html" };
  proxy.addFault({ path: /policy_extra/, act: { kind: "answer", status: 200, headers: html } });
  const list = async (): Promise<number> => (await allListed(backend)).length;
  await expect(list()).rejects.toMatchObject({ code: "E_IO" });
  expect(await list()).toBe(1);
});
