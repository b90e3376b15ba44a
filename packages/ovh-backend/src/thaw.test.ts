import { randomBytes, readAll } from "@coldstow/backend-testkit";
import { bytesSource, objectKey } from "@coldstow/contracts";
import { expect, test } from "vitest";

import { allListed } from "../testing/all-listed.ts";
import { useSwift } from "../testing/use-swift.ts";

const { sealed } = useSwift();
const body = bytesSource(randomBytes(1000, 1));
const keys = Array.from({ length: 60 }, (_, part) => objectKey(`packs/r000001/p${100 + part}.age`));

test("many objects are looked up by listing, asked for once each, and read when they are ready", async () => {
  const { backend, proxy, container } = await sealed();
  const { cold } = backend;
  for (const key of keys) await backend.put(key, body);
  await backend.put(objectKey("packs/r000002/p1.age"), body);
  const before = proxy.requests.length;
  const frozen = await cold?.thawState(keys);
  expect(frozen?.map(({ key, state }) => [key, state])).toEqual(keys.map((key) => [key, "frozen"]));
  expect(proxy.requests.slice(before).map(({ method }) => method)).toEqual(["GET", "GET"]);

  for (let round = 0; round < 2; round += 1) {
    const asked = await cold?.requestThaw(keys, { tier: "standard", days: 3 });
    expect(new Set(asked?.map(({ state }) => state))).toEqual(new Set(["thawing"]));
    for (const { readyAt } of asked ?? []) {
      expect(Date.parse(readyAt ?? "")).toBeGreaterThan(Date.now() + 3 * 3_600_000);
    }
  }
  expect(keys.map((key) => proxy.asked(`${container}/${key}`))).toEqual(keys.map(() => 1));
  expect(proxy.asked(`${container}/packs/r000002/p1.age`)).toBe(0);

  proxy.advance(4 * 3600);
  expect(new Set((await cold?.thawState(keys))?.map(({ state }) => state))).toEqual(
    new Set(["ready"]),
  );
  const [first = objectKey("none")] = keys;
  expect((await readAll(backend.get(first))).length).toBe(1000);
  expect(await cold?.requestThaw([first], {})).toEqual([{ key: first, state: "ready" }]);
  await fetch(`${proxy.advanceUrl}?seconds=86400`, { method: "POST" });
  expect(await cold?.thawState([first])).toEqual([{ key: first, state: "frozen" }]);
  expect(proxy.asked(`${container}/${first}`)).toBe(1);
});

test("of many objects the one that is not there is named", async () => {
  const { backend } = await sealed();
  for (const key of keys) await backend.put(key, body);
  const [gone = objectKey("none")] = keys.slice(7);
  await backend.delete(gone);
  await expect(backend.cold?.thawState(keys)).rejects.toMatchObject({
    code: "E_NOT_FOUND",
    subject: gone,
  });
});

test("a listing tells the states as they are", async () => {
  const { backend } = await sealed();
  const [asked = objectKey("none"), left = objectKey("none")] = keys;
  for (const key of [asked, left]) await backend.put(key, body);
  await backend.cold?.requestThaw([asked], {});
  const listed = await allListed(backend, "packs/");
  expect(listed.map(({ state }) => state)).toEqual(["thawing", "frozen"]);
});

test("a tier that OVH does not have is refused before anything is asked for", async () => {
  const { backend, proxy, container } = await sealed();
  const [key = objectKey("none")] = keys;
  await backend.put(key, body);
  const request = backend.cold?.requestThaw([key], { tier: "bulk" });
  await expect(request).rejects.toMatchObject({ code: "E_UNSUPPORTED" });
  expect(proxy.asked(`${container}/${key}`)).toBe(0);
});
