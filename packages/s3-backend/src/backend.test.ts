import { createHash } from "node:crypto";
import { inspect } from "node:util";

import {
  bytesSource,
  isColdstowError,
  objectKey,
  silent,
  type ColdstowError,
  type StorageBackend,
} from "@coldstow/contracts";
import { expect, test } from "vitest";

import { bucket, destination, MiB, patterned, type Destination } from "../testing/destination.ts";
import { plugin } from "./index.ts";

const key = objectKey("packs/r000001/p000001.tar.age");
const small = bytesSource(Buffer.from("some bytes"));
const hourMs = 60 * 60 * 1000;

async function faultOf(call: Promise<unknown>): Promise<ColdstowError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isColdstowError(error)) throw new Error(`no error of ours: ${inspect(error)}`);
  return error;
}

async function readAll(backend: StorageBackend): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of backend.get(key)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function keysOf(backend: StorageBackend): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const info of backend.list("")) keys.push(info.key);
  return keys;
}

async function wait(): Promise<void> {
  await new Promise((done) => setTimeout(done, 4500));
}

/** Everything that could be printed of an error. */
function printed(error: unknown): string {
  return inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
}

test("a bucket that is missing is told of by every call, and made only where create says so", async () => {
  const place = await destination();
  const backend = await place.open({ bucket: "missing" });
  for (const call of [
    () => backend.put(key, small),
    () => backend.stat(key),
    () => readAll(backend),
    () => backend.delete(key),
    () => keysOf(backend),
    () => backend.cold?.thawState([key]) ?? Promise.resolve(),
  ]) {
    expect((await faultOf(call())).code).toBe("E_NO_CONTAINER");
  }
  const maker = await place.open({ bucket: "missing", create: "yes" });
  expect(await maker.stat(key)).toBeUndefined();
  expect(await keysOf(maker)).toEqual([]);
  expect((await faultOf(readAll(maker))).code).toBe("E_NOT_FOUND");
  await maker.delete(key);
  expect(place.double.asked("PUT /missing")).toBe(0);
  await Promise.all([maker.put(key, small), maker.put(objectKey("b"), small)]);
  expect(place.double.objects("missing")).toHaveLength(2);
});

test("an object that the store keeps in another class is deleted again, and nothing more is put", async () => {
  const place = await destination({ keptClass: () => "STANDARD_IA" });
  const backend = await place.open();
  const names = ["a", "b", "c"].map((name) => objectKey(name));
  for (const fault of await Promise.all(names.map((name) => faultOf(backend.put(name, small))))) {
    expect(fault.code).toBe("E_STORAGE_CLASS");
    expect(fault.message).toContain("STANDARD_IA");
    expect(fault.message).toContain("DEEP_ARCHIVE");
  }
  expect(place.double.objects(bucket)).toEqual([]);
});

test("an object that was there is not deleted when the class is found to be another", async () => {
  const place = await destination();
  await (await place.open()).put(key, small);
  place.double.behaviour.keptClass = () => "GLACIER_IR";
  const fault = await faultOf((await place.open()).put(key, small));
  expect(fault.code).toBe("E_STORAGE_CLASS");
  expect(place.double.objects(bucket)).toMatchObject([{ storageClass: "GLACIER_IR" }]);
});

test("the class is looked at once a session", async () => {
  const place = await destination();
  const backend = await place.open();
  for (const name of ["a", "b", "c"]) await backend.put(objectKey(name), small);
  const looks = ["a", "b", "c"].map((name) => place.double.asked(`HEAD /cold/${name}`));
  expect(looks).toEqual([2, 0, 0]);
});

test("credentials that are wrong or over end with E_AUTH, and nothing secret is told", async () => {
  const place = await destination();
  const { accessKeyId, secretAccessKey } = place.double;
  const wrongSecret = "the/wrong+secret==0123";
  const wrongId = "AKIAWRONGWRONGWRONG0";
  const token = "FwoGZXIvYXdzEJr//////////wEaDExample+Token/==";
  const cases = [
    { settings: { secret_key: wrongSecret } },
    { settings: { access_key: wrongId } },
    { settings: { session_token: token }, inject: { status: 400, code: "ExpiredToken" } },
    { settings: { session_token: token }, inject: { status: 400, code: "InvalidToken" } },
    {
      settings: { session_token: token },
      inject: { status: 403, code: "RequestTimeTooSkewed" },
    },
  ];
  for (const { settings, inject } of cases) {
    const message = `${secretAccessKey} ${accessKeyId} ${token} ${wrongId} Signature=abc,`;
    const end = inject === undefined ? () => false : place.double.inject({ ...inject, message });
    const backend = await place.open(settings);
    const faults = [
      await faultOf(backend.put(key, small)),
      await faultOf(keysOf(backend)),
      await faultOf(backend.stat(key)),
      await faultOf(readAll(backend)),
    ];
    end();
    for (const fault of faults) {
      expect(fault.code).toBe("E_AUTH");
      const text = printed(fault);
      const used = { access_key: accessKeyId, secret_key: secretAccessKey, ...settings };
      for (const secret of Object.values(used)) expect(text).not.toContain(secret);
      expect(text).not.toContain("authorization");
    }
  }
});

test("a wrong clock is called that", async () => {
  const place = await destination();
  place.double.inject({ status: 403, code: "RequestTimeTooSkewed" });
  expect((await faultOf((await place.open()).put(key, small))).hint).toContain("clock");
});

test("a wrong region is E_CONFIG and names the right one", async () => {
  const place = await destination();
  const backend = await place.open({ region: "us-west-7" });
  const fault = await faultOf(keysOf(backend));
  expect(fault).toMatchObject({ code: "E_CONFIG", hint: `Set region = ${place.double.region}.` });
  place.double.inject({
    status: 301,
    code: "PermanentRedirect",
    headers: { "x-amz-bucket-region": "eu-north-9" },
  });
  const moved = await faultOf((await place.open()).put(key, small));
  expect(moved).toMatchObject({ code: "E_CONFIG", hint: "Set region = eu-north-9." });
});

test("errors of the store get their places in the error table, and nothing is tried again", async () => {
  const place = await destination();
  const backend = await place.open();
  await backend.put(objectKey("first"), small);
  for (const [status, code, wanted] of [
    [503, "SlowDown", "E_THROTTLED"],
    [429, "TooManyRequests", "E_THROTTLED"],
    [503, "ServiceUnavailable", "E_TEMPORARY"],
    [500, "InternalError", "E_TEMPORARY"],
    [400, "RequestTimeout", "E_TEMPORARY"],
    [409, "ConditionalRequestConflict", "E_TEMPORARY"],
    [403, "AccessDenied", "E_PERMISSION"],
    [400, "EntityTooLarge", "E_UNSUPPORTED"],
    [413, "Whatever", "E_UNSUPPORTED"],
    [403, "QuotaExceeded", "E_NO_SPACE"],
    [507, "InsufficientStorage", "E_NO_SPACE"],
    [400, "InvalidStorageClass", "E_CONFIG"],
    [400, "BadDigest", "E_FIXITY"],
  ] as const) {
    const end = place.double.inject({ status, code, only: /^PUT/ });
    const before = place.double.asked("PUT");
    const fault = await faultOf(backend.put(key, small));
    expect([code, fault.code]).toEqual([code, wanted]);
    expect(place.double.asked("PUT") - before).toBe(1);
    end();
  }
  expect(place.double.objects(bucket)).toHaveLength(1);
});

test("a store that says when to come back is taken at its word", async () => {
  const place = await destination();
  const headers = { "retry-after": "120" };
  place.double.inject({ status: 503, code: "SlowDown", headers });
  const before = Date.now();
  const { code, retryAt = "" } = await faultOf((await place.open()).put(key, small));
  expect(code).toBe("E_THROTTLED");
  expect(Date.parse(retryAt) - before).toBeGreaterThanOrEqual(120_000);
});

test("a store that refuses a long body is asked before the body is sent", async () => {
  const place = await destination();
  const backend = await place.open();
  await backend.put(objectKey("first"), small);
  place.double.inject({ status: 403, code: "AccessDenied", only: /^PUT/ });
  const before = place.double.receivedBytes;
  await faultOf(backend.put(key, patterned(50 * MiB)));
  expect(place.double.receivedBytes - before).toBeLessThan(MiB);
});

test("a line that stands still ends put, get, list and stat with E_TIMEOUT, and nothing is there", async () => {
  const place = await destination();
  const backend = await place.open({ stall_timeout: "4" });
  await backend.put(objectKey("first"), small);
  const { proxy, double } = place;
  const sent = proxy.toServerBytes;
  const put = faultOf(backend.put(key, patterned(200 * MiB)));
  await proxy.forwarded(sent + 5 * MiB, "to-server");
  proxy.stall();
  expect((await put).code).toBe("E_TIMEOUT");
  for (const call of [backend.stat(key), keysOf(backend), readAll(backend)]) {
    expect((await faultOf(call)).code).toBe("E_TIMEOUT");
  }
  proxy.unstall();
  expect(double.objects(bucket)).toHaveLength(1);
});

test("a reader and a source that take their time are no stall", async () => {
  const place = await destination();
  const backend = await place.open({ stall_timeout: "4" });
  const bytes = Buffer.alloc(3 * MiB, 7);
  await backend.put(key, {
    sizeBytes: bytes.length,
    digests: [{ algorithm: "sha256", hex: createHash("sha256").update(bytes).digest("hex") }],
    async *open() {
      yield bytes.subarray(0, 2 * MiB);
      await wait();
      yield bytes.subarray(2 * MiB);
    },
  });
  await backend.cold?.requestThaw([key], { days: 1 });
  place.double.makeReady(bucket, key);
  let size = 0;
  for await (const chunk of backend.get(key)) {
    if (size === 0) await wait();
    size += chunk.length;
  }
  expect(size).toBe(bytes.length);
});

test("a line that is cut while an object is read or put is E_TEMPORARY", async () => {
  const place = await destination();
  const backend = await place.open();
  await backend.put(key, patterned(20 * MiB));
  await backend.cold?.requestThaw([key], { days: 1 });
  place.double.makeReady(bucket, key);
  place.proxy.cutAfter(3 * MiB, "to-client");
  expect((await faultOf(readAll(backend))).code).toBe("E_TEMPORARY");
  place.proxy.cutAfter(3 * MiB, "to-server");
  const other = objectKey("other");
  expect((await faultOf(backend.put(other, patterned(20 * MiB)))).code).toBe("E_TEMPORARY");
  expect(await backend.stat(other)).toBeUndefined();
});

test("a body that changed after its digest was announced is refused before it is visible", async () => {
  const place = await destination();
  const backend = await place.open();
  const hex = createHash("sha256").update("another body").digest("hex");
  const lying = { ...patterned(3 * MiB), digests: [{ algorithm: "sha256", hex } as const] };
  expect((await faultOf(backend.put(key, lying))).code).toBe("E_FIXITY");
  expect(place.double.objects(bucket)).toEqual([]);
});

test("listing asks page after page and leaves out what is none of ours", async () => {
  const place = await destination({ pageLength: 3 });
  const backend = await place.open({ prefix: "ours" });
  const keys = Array.from({ length: 10 }, (_, index) => `packs/p${index}`);
  for (const name of keys) await backend.put(objectKey(name), small);
  const others = await place.open({ prefix: "ours-2" });
  await others.put(key, small);
  const listed = await keysOf(backend);
  expect(listed).toEqual(keys);
  expect(place.double.asked("GET /cold")).toBe(4);
});

async function filled(place: Destination, count: number): Promise<StorageBackend> {
  const backend = await place.open();
  for (let index = 0; index < count; index += 1) await backend.put(packKey(index), small);
  return backend;
}

function packKey(index: number): ReturnType<typeof objectKey> {
  return objectKey(`packs/p${String(index).padStart(4, "0")}`);
}

test("the states of many objects are listed, not asked one by one", async () => {
  const place = await destination({ pageLength: 20 });
  const backend = await filled(place, 60);
  const wanted = Array.from({ length: 30 }, (_, index) => packKey(59 - 2 * index));
  await backend.cold?.requestThaw(wanted.slice(0, 1), { days: 1 });
  place.double.makeReady(bucket, packKey(59));
  await backend.cold?.requestThaw(wanted.slice(1, 2), { days: 1 });
  const heads = place.double.asked("HEAD");
  const states = await backend.cold?.thawState(wanted);
  expect(place.double.asked("HEAD")).toBe(heads);
  expect(states?.map((told) => told.key)).toEqual(wanted);
  const [ready, thawing, ...frozen] = states?.map((told) => told.state) ?? [];
  expect([ready, thawing, new Set(frozen)]).toEqual(["ready", "thawing", new Set(["frozen"])]);
  const absent = faultOf(
    backend.cold?.thawState([...wanted, objectKey("absent")]) ?? Promise.resolve(),
  );
  expect((await absent).code).toBe("E_NOT_FOUND");
});

test("a thaw names its tier and days, becomes ready by the clock, and ends", async () => {
  const place = await destination();
  const { double } = place;
  const backend = await filled(place, 1);
  await backend.cold?.requestThaw([packKey(0)], { tier: "bulk", days: 3 });
  expect(double.restores).toEqual([{ name: packKey(0), days: 3, tier: "Bulk" }]);
  await fetch(`${double.clockUrl}?advanceMs=${13 * hourMs}`, { method: "POST" });
  const [told] = (await backend.cold?.thawState([packKey(0)])) ?? [];
  expect(told?.state).toBe("ready");
  expect(Date.parse(told?.readyUntil ?? "")).toBeGreaterThan(double.clock.now() + 2 * 24 * hourMs);
  double.clock.advance(5 * 24 * hourMs);
  expect((await backend.stat(packKey(0)))?.state).toBe("frozen");
  const wrongTier = faultOf(
    backend.cold?.requestThaw([packKey(0)], { tier: "x" }) ?? Promise.resolve(),
  );
  expect((await wrongTier).code).toBe("E_UNSUPPORTED");
});

test("a later request extends the time that an object is ready, and never shortens it", async () => {
  const place = await destination();
  const { double } = place;
  const backend = await filled(place, 1);
  await backend.cold?.requestThaw([packKey(0)], { days: 5 });
  double.makeReady(bucket, packKey(0));
  const [before] = (await backend.cold?.thawState([packKey(0)])) ?? [];
  const [shorter] = (await backend.cold?.requestThaw([packKey(0)], { days: 1 })) ?? [];
  expect(shorter).toEqual(before);
  expect(double.restores).toHaveLength(1);
  const [longer] = (await backend.cold?.requestThaw([packKey(0)], { days: 30 })) ?? [];
  expect(Date.parse(longer?.readyUntil ?? "")).toBeGreaterThan(
    Date.parse(before?.readyUntil ?? ""),
  );
});

test("where a tier is refused, as at OVH, none is sent", async () => {
  const place = await destination({ refusesTier: true });
  const backend = await place.open({ profile: "ovh-cold-archive" });
  await backend.put(key, small);
  await backend.cold?.requestThaw([key], { days: 2 });
  expect(place.double.restores).toEqual([{ name: key, days: 2, tier: undefined }]);
});

test("an object that another tool put there in a warm class is ready for ever", async () => {
  const place = await destination();
  const warm = await place.open({ profile: "generic" });
  await warm.put(key, small);
  const backend = await place.open();
  const states = await backend.cold?.requestThaw([key], { days: 2 });
  expect(states).toEqual([{ key, state: "ready" }]);
  expect(place.double.restores).toEqual([]);
});

test("the store's error pages that are no XML are taken for what their status says", async () => {
  const place = await destination();
  place.double.injectRaw(502, "<html>bad gateway</html>");
  expect((await faultOf((await place.open()).put(key, small))).code).toBe("E_TEMPORARY");
});

test("nobody there, and no such host, are told apart", async () => {
  const place = await destination();
  const backend = await place.open();
  place.proxy.refuse();
  expect((await faultOf(backend.stat(key))).code).toBe("E_TEMPORARY");
  const lost = await plugin.open(
    { endpoint: "http://no-such-host.invalid", bucket: "b-1", access_key: "k", secret_key: "s" },
    { progress: silent, stateDirectory: place.stateDirectory },
  );
  expect(["E_CONFIG", "E_TEMPORARY"]).toContain((await faultOf(lost.stat(key))).code);
  await lost.close();
});
