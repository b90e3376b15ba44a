import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { randomBytes, readAll } from "@coldstow/backend-testkit";
import { bytesSource, objectKey } from "@coldstow/contracts";
import { expect, test } from "vitest";

import { allListed } from "../testing/all-listed.ts";
import { useSwift, type SealedPlace } from "../testing/use-swift.ts";

const { sealed, swift } = useSwift();
const bytes = randomBytes(300_001, 1);
const key = objectKey("packs/p1.age");

/** Stores the bytes in pieces of 100,000, as `swift upload -S` does. */
async function upload({ container }: SealedPlace, name: string, ...more: string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "coldstow-segments-"));
  try {
    const file = join(folder, "body");
    await writeFile(file, bytes);
    const { authUrl, user, key: secret } = swift();
    const auth = ["-A", authUrl, "-U", user, "-K", secret];
    const pieces = ["-S", "100000", "--object-name", name, ...more];
    await promisify(execFile)("swift", [...auth, "upload", ...pieces, container, file]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function segments({ client, container }: SealedPlace): Promise<number> {
  const backend = client({ container: `${container}_segments` });
  return (await allListed(backend)).length;
}

for (const [kind, options] of [
  ["dynamic", []],
  ["static", ["--use-slo"]],
] as const) {
  test(`an object that another tool stored with a ${kind} manifest has its true size and no digest`, async () => {
    const place = await sealed();
    await upload(place, key, ...options);
    const info = await place.backend.stat(key);
    expect(info).toMatchObject({ key, sizeBytes: bytes.length, state: "frozen" });
    expect(info?.digest).toBeUndefined();
    expect(await allListed(place.backend)).toEqual([info]);
  });

  test(`an object with a ${kind} manifest is thawed with all its segments, read and deleted with them`, async () => {
    const place = await sealed();
    const { backend, proxy, container } = place;
    await upload(place, key, ...options);
    await backend.put(objectKey("packs/p1.age.other"), bytesSource(bytes));
    const { cold } = backend;
    const seen: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const [told] = (await cold?.requestThaw([key], {})) ?? [];
      seen.push(told?.state ?? "none");
      if (told?.state === "ready") break;
      proxy.advance(4 * 3600);
    }
    expect(seen.at(-1)).toBe("ready");
    expect(Buffer.compare(await readAll(backend.get(key)), bytes)).toBe(0);
    const range = { start: 99_990, end: 200_010 };
    expect(
      Buffer.compare(await readAll(backend.get(key, { range })), bytes.subarray(99_990, 200_010)),
    ).toBe(0);
    expect(await segments(place)).toBe(4);
    await backend.delete(key);
    expect(await backend.stat(key)).toBeUndefined();
    expect(await segments(place)).toBe(0);
    expect(await backend.stat(objectKey("packs/p1.age.other"))).toBeDefined();
    expect(proxy.asked(`${container}/packs/p1.age.other`)).toBe(0);
  });
}

test("deleting a dynamic manifest leaves the segments of an object whose name begins alike", async () => {
  const place = await sealed();
  await upload(place, "packs/p1.age");
  await upload(place, "packs/p1.age2");
  await place.backend.delete(key);
  expect(await segments(place)).toBe(4);
  expect((await place.backend.stat(objectKey("packs/p1.age2")))?.sizeBytes).toBe(bytes.length);
});

test("a static manifest that is frozen is not deleted, because its segments would stay for ever", async () => {
  const place = await sealed();
  await upload(place, key, "--use-slo");
  await expect(place.backend.delete(key)).rejects.toMatchObject({ code: "E_FROZEN" });
  expect(await place.backend.stat(key)).toBeDefined();
});
