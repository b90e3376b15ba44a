import { createHash } from "node:crypto";

import {
  ColdstowError,
  isColdstowError,
  objectKey,
  type BodySource,
  type StorageBackend,
  withRetry,
} from "@coldstow/contracts";
import { expect, test } from "vitest";

import { bucket, destination, MiB, patterned, type Destination } from "../testing/destination.ts";
import { partBytesFor } from "./put-multipart.ts";

const key = objectKey("packs/r000001/p000001.tar.age");
const inParts = { multipart: "yes", part_size: "5" } as const;
const cut = { code: "E_TEMPORARY" } as const;
const size = 23 * MiB + 17;

async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const sum = createHash("sha256");
  for await (const chunk of chunks) sum.update(chunk);
  return sum.digest("hex");
}

/** A cut takes the idle lines, too, and the first call on one of them finds that out. */
function again(backend: StorageBackend): StorageBackend {
  return withRetry(backend, { baseDelayMs: 10 });
}

async function assertStored(place: Destination, source: BodySource): Promise<void> {
  const backend = await place.open(inParts);
  expect((await backend.stat(key))?.sizeBytes).toBe(source.sizeBytes);
  await backend.cold?.requestThaw([key], { days: 1 });
  place.double.makeReady(bucket, key);
  expect(await digestOf(backend.get(key))).toBe(await digestOf(source.open(0)));
}

test("an upload whose line was cut goes on after the parts that had arrived", async () => {
  const place = await destination();
  const { double, proxy } = place;
  const backend = await place.open(inParts);
  const source = patterned(size);
  proxy.cutAfter(17 * MiB, "to-server");
  await expect(backend.put(key, source)).rejects.toMatchObject({ code: "E_TEMPORARY" });
  expect(double.objects(bucket)).toEqual([]);
  expect(double.uploads(bucket)).toHaveLength(1);
  const before = double.receivedBytes;
  const progress: number[] = [];
  await again(backend).put(key, source, { onProgress: (bytes) => progress.push(bytes) });
  // Three parts were whole; the fourth and the rest are sent again, and nothing else.
  expect(progress[0]).toBe(15 * MiB);
  expect(progress.at(-1)).toBe(size);
  expect(double.receivedBytes - before).toBeLessThan(size - 15 * MiB + MiB);
  expect(double.uploads(bucket)).toEqual([]);
  await assertStored(place, source);
});

test("a later process goes on with the upload of one that was killed", async () => {
  const place = await destination();
  const { double, proxy } = place;
  proxy.cutAfter(12 * MiB, "to-server");
  const source = patterned(size, 1);
  await expect((await place.open(inParts)).put(key, source)).rejects.toMatchObject(cut);
  const before = double.receivedBytes;
  await (await place.open(inParts)).put(key, source);
  expect(double.receivedBytes - before).toBeLessThan(size - 10 * MiB + MiB);
  await assertStored(place, source);
});

test("an upload of another body under the same key begins anew and gives the old one up", async () => {
  const place = await destination();
  const { double, proxy } = place;
  const backend = await place.open(inParts);
  proxy.cutAfter(12 * MiB, "to-server");
  await expect(backend.put(key, patterned(size, 1))).rejects.toMatchObject(cut);
  const [old] = double.uploads(bucket);
  await again(backend).put(key, patterned(size, 2));
  expect(double.asked(`DELETE /cold/${key}?uploadId=${old ?? "none"}`)).toBe(1);
  expect(double.uploads(bucket)).toEqual([]);
  await assertStored(place, patterned(size, 2));
});

test("an upload that the store has dropped begins anew", async () => {
  const place = await destination();
  const { double, proxy } = place;
  const backend = await place.open(inParts);
  proxy.cutAfter(12 * MiB, "to-server");
  const source = patterned(size, 3);
  await expect(backend.put(key, source)).rejects.toMatchObject(cut);
  double.forgetUploads(bucket);
  await again(backend).put(key, source);
  await assertStored(place, source);
});

test("a put whose last answer was lost is found done by the next", async () => {
  const place = await destination();
  const { double } = place;
  const backend = await place.open(inParts);
  const source = patterned(size, 4);
  double.loseAnswer(/^POST .*uploadId=/);
  await expect(backend.put(key, source)).rejects.toMatchObject({ code: "E_TEMPORARY" });
  expect(double.objects(bucket)).toHaveLength(1);
  await backend.put(key, source);
  await assertStored(place, source);
});

test("a body that changes while it is sent is refused, and its upload given up", async () => {
  const place = await destination();
  const backend = await place.open(inParts);
  let opened = 0;
  const honest = patterned(size, 5);
  const source: BodySource = {
    ...honest,
    open: (offset) => patterned(size, (opened += 1) > 3 ? 6 : 5).open(offset),
  };
  await expect(backend.put(key, source)).rejects.toMatchObject({ code: "E_FIXITY" });
  expect(place.double.objects(bucket)).toEqual([]);
  expect(place.double.uploads(bucket)).toEqual([]);
});

test("uploads of this destination that were begun more than a day ago are given up, others not", async () => {
  const place = await destination({ now: Date.now() - 3 * 24 * 3600 * 1000 });
  const { double, proxy } = place;
  const begin = async (name: string, prefix: string): Promise<void> => {
    const backend = await place.open({ ...inParts, prefix });
    proxy.cutAfter(7 * MiB, "to-server");
    await expect(backend.put(objectKey(name), patterned(12 * MiB))).rejects.toMatchObject(cut);
  };
  await begin("old", "ours");
  await begin("old", "theirs");
  double.clock.advance(3 * 24 * 3600 * 1000);
  await begin("young", "ours");
  // The young one's session has swept already; the next one sees it.
  expect(double.uploads(bucket)).toHaveLength(2);
  await (await place.open({ ...inParts, prefix: "ours" })).put(key, patterned(6 * MiB));
  expect(double.uploads(bucket)).toHaveLength(2);
});

test("where uploads may not be listed the put goes on, and it is told", async () => {
  const place = await destination();
  place.double.inject({ status: 403, code: "AccessDenied", only: /^GET \/cold\/?\?uploads/ });
  const backend = await place.open(inParts);
  await backend.put(key, patterned(6 * MiB));
  expect(place.events).toMatchObject([{ type: "warning" }]);
});

test("ifAbsent holds for uploads in parts, also when another writer was quicker", async () => {
  const place = await destination();
  const [one, other] = [await place.open(inParts), await place.open(inParts)];
  const answers = await Promise.allSettled(
    [one, other].map((backend, seed) =>
      backend.put(key, patterned(11 * MiB, seed), { ifAbsent: true }),
    ),
  );
  const lost = answers.filter((answer) => answer.status === "rejected");
  expect(lost).toHaveLength(1);
  expect(isColdstowError(lost[0]?.reason) && lost[0].reason.code).toBe("E_EXISTS");
  expect(place.double.uploads(bucket)).toEqual([]);
});

test("a source whose file is gone ends the put with its own error, and its upload is given up", async () => {
  const place = await destination();
  const backend = await place.open(inParts);
  const honest = patterned(size, 7);
  let opened = 0;
  const source: BodySource = {
    ...honest,
    open: (offset) => {
      opened += 1;
      if (opened === 4) throw new ColdstowError("E_NOT_FOUND", "the file is away");
      return honest.open(offset);
    },
  };
  await expect(backend.put(key, source)).rejects.toMatchObject({ message: "the file is away" });
  expect(place.double.uploads(bucket)).toEqual([]);
  await backend.put(key, source);
  await assertStored(place, source);
});

test("a put that is cancelled between parts goes on later", async () => {
  const place = await destination();
  const backend = await place.open(inParts);
  const source = patterned(size, 8);
  const controller = new AbortController();
  const { signal } = controller;
  const onProgress = (bytes: number): void => {
    if (bytes >= 11 * MiB) controller.abort();
  };
  const put = backend.put(key, source, { signal, onProgress });
  await expect(put).rejects.toMatchObject({ code: "E_CANCELLED" });
  expect(place.double.objects(bucket)).toEqual([]);
  const progress: number[] = [];
  await backend.put(key, source, { onProgress: (bytes) => progress.push(bytes) });
  expect(progress[0]).toBe(10 * MiB);
  await assertStored(place, source);
});

test("parts grow with a body that would have more than 10 000", () => {
  expect(partBytesFor(16 * MiB, 240 * MiB)).toBe(16 * MiB);
  expect(Math.ceil((5 * 1024 ** 4) / partBytesFor(16 * MiB, 5 * 1024 ** 4))).toBe(10_000);
});
