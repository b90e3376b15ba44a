import { createHash } from "node:crypto";

import { randomBytes, readAll, trackedSource } from "@coldstow/backend-testkit";
import { bytesSource, objectKey, withRetry, type Digest } from "@coldstow/contracts";
import { describe, expect, test } from "vitest";

import { useSwift, type SealedPlace } from "../testing/use-swift.ts";

const { sealed } = useSwift();
const key = objectKey("packs/r000001/p000001.tar.age");
const bytes = randomBytes(3_000_000, 1);
const onObject = /p000001/;
const stallMs = 1200;

function md5(data: Uint8Array): Digest {
  return { algorithm: "md5", hex: createHash("md5").update(data).digest("hex") };
}

async function ready({ backend, proxy, container }: SealedPlace): Promise<void> {
  await backend.put(key, bytesSource(bytes));
  await backend.cold?.requestThaw([key], {});
  proxy.advance(proxy.states.delaySeconds(`${container}/${key}`) ?? 0);
}

describe("a body that is read", () => {
  test("and falls silent ends with E_TIMEOUT", async () => {
    const place = await sealed({ stallMs });
    await ready(place);
    const act = { kind: "freeze", afterBytes: 100_000 } as const;
    place.proxy.addFault({ method: "GET", path: onObject, act });
    await expect(readAll(place.backend.get(key))).rejects.toMatchObject({ code: "E_TIMEOUT" });
  });

  test("and breaks off ends with E_TEMPORARY, and a retry goes on where it broke", async () => {
    const place = await sealed();
    await ready(place);
    const act = { kind: "cut", afterBytes: 1_000_000 } as const;
    place.proxy.addFault({ method: "GET", path: onObject, act });
    await expect(readAll(place.backend.get(key))).rejects.toMatchObject({ code: "E_TEMPORARY" });
    place.proxy.addFault({ method: "GET", path: onObject, act });
    const retrying = withRetry(place.backend, { baseDelayMs: 1 });
    expect(Buffer.compare(await readAll(retrying.get(key)), bytes)).toBe(0);
  });

  test("is refused where the store does not heed the range", async () => {
    const place = await sealed();
    await ready(place);
    const act = { kind: "amend", headers: { "content-range": "bytes 0-9/10" } } as const;
    place.proxy.addFault({ method: "GET", path: onObject, act });
    const read = readAll(place.backend.get(key, { range: { start: 5, end: 15 } }));
    await expect(read).rejects.toMatchObject({ code: "E_UNSUPPORTED" });
  });
});

describe("a body that is stored", () => {
  test("and that the store does not take ends with E_TIMEOUT", async () => {
    const { backend, proxy } = await sealed({ stallMs });
    proxy.addFault({ method: "PUT", path: onObject, act: { kind: "stall" } });
    const large = bytesSource(randomBytes(20_000_000, 3));
    await expect(backend.put(key, large)).rejects.toMatchObject({ code: "E_TIMEOUT" });
    expect(await backend.stat(key)).toBeUndefined();
  });

  test("from a source that is slower than the longest silence of the line is stored", async () => {
    const { backend } = await sealed({ stallMs });
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(() => resolve(), 3 * stallMs);
    const slow = trackedSource(bytes, {
      beforeChunk: (at) => (at > 1_000_000 ? promise : undefined),
    });
    expect((await backend.put(key, slow)).digest).toEqual(md5(bytes));
  });

  test("tells the store its MD5 beforehand where it is known", async () => {
    const { backend } = await sealed();
    const info = await backend.put(key, bytesSource(bytes, [md5(bytes)]));
    expect(info.digest).toEqual(md5(bytes));
    expect((await backend.stat(key))?.digest).toEqual(md5(bytes));
  });

  test("and arrives as other bytes is removed and told as E_FIXITY", async () => {
    const { backend, proxy } = await sealed();
    const act = { kind: "amend", headers: { etag: "0".repeat(32) } } as const;
    proxy.addFault({ method: "PUT", path: onObject, act });
    await expect(backend.put(key, bytesSource(bytes))).rejects.toMatchObject({ code: "E_FIXITY" });
    expect(await backend.stat(key)).toBeUndefined();
  });

  test("when the line breaks leaves what was there, and a retry stores it", async () => {
    const { backend, proxy } = await sealed();
    await backend.put(key, bytesSource(randomBytes(10, 2)));
    proxy.addFault({ method: "PUT", path: onObject, times: 2, act: { kind: "reset" } });
    await expect(backend.put(key, bytesSource(bytes))).rejects.toMatchObject({
      code: "E_TEMPORARY",
    });
    expect((await backend.stat(key))?.sizeBytes).toBe(10);
    await withRetry(backend, { baseDelayMs: 1 }).put(key, bytesSource(bytes));
    expect((await backend.stat(key))?.digest).toEqual(md5(bytes));
  });

  test("with ifAbsent is also refused by the store, where another came first meanwhile", async () => {
    const { backend, client } = await sealed();
    const other = client();
    let first = true;
    const late = trackedSource(bytes, {
      beforeChunk: async (at) => {
        if (at === 0 && first) await other.put(key, bytesSource(randomBytes(10, 2)));
        first = false;
      },
    });
    // The store may close the line before its answer was read; then the next attempt tells it.
    const put = withRetry(backend, { baseDelayMs: 1 }).put(key, late, { ifAbsent: true });
    await expect(put).rejects.toMatchObject({ code: "E_EXISTS" });
    expect((await backend.stat(key))?.sizeBytes).toBe(10);
  });
});
