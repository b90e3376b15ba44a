import { once } from "node:events";
import { tmpdir } from "node:os";

import { objectKey, silent, type StorageBackend } from "@coldstow/contracts";
import { expect, onTestFinished, test } from "vitest";

import { answeringServer, type EarlyAnswer } from "../testing/answering-server.ts";
import { MiB, patterned } from "../testing/destination.ts";
import { plugin } from "./index.ts";

const key = objectKey("packs/r000001/p000001.tar.age");
const body = patterned(20 * MiB);

/** Nothing here may wait for this: it is longer than a test may last. */
const forever = "600";

async function open(
  endpoint: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<StorageBackend> {
  const backend = await plugin.open(
    {
      endpoint,
      bucket: "cold",
      path_style: "yes",
      access_key: "an-id",
      secret_key: "a-secret-of-some-length",
      stall_timeout: forever,
      ...settings,
    },
    { progress: silent, stateDirectory: tmpdir() },
  );
  onTestFinished(async () => await backend.close());
  return backend;
}

const refusals = [
  [501, "NotImplemented", "E_UNSUPPORTED"],
  [403, "AccessDenied", "E_PERMISSION"],
  [403, "SignatureDoesNotMatch", "E_AUTH"],
  [503, "SlowDown", "E_THROTTLED"],
  [503, "ServiceUnavailable", "E_TEMPORARY"],
] as const;

const lines = [
  { after: "headers", closes: false },
  { after: "headers", closes: true },
  { after: "body", closes: false },
] as const;

for (const { after, closes } of lines) {
  const end = closes ? "closes the line" : "keeps the line open";
  test(`a store that refuses a put after its ${after} and ${end} is understood at once`, async () => {
    for (const [status, code, wanted] of refusals) {
      const answer: EarlyAnswer = { status, code, after, closes };
      const server = await answeringServer(after, answer);
      const backend = await open(server.endpoint);
      await expect(backend.put(key, body)).rejects.toMatchObject({ code: wanted });
    }
  });
}

test("the line of a put that was refused is given up, though the store keeps it open", async () => {
  for (const after of ["headers", "body"] as const) {
    const server = await answeringServer(after, {
      status: 501,
      code: "NotImplemented",
      after,
      closes: false,
    });
    const backend = await open(server.endpoint);
    await expect(backend.put(key, body)).rejects.toMatchObject({ code: "E_UNSUPPORTED" });
    const line = await server.silent;
    const closed = once(line, "close");
    line.resume();
    await closed;
  }
});

test("a put that is cancelled while the store is silent ends at once with E_CANCELLED", async () => {
  for (const after of ["headers", "body"] as const) {
    const server = await answeringServer(after);
    const backend = await open(server.endpoint);
    const cancel = new AbortController();
    const put = backend.put(key, body, { signal: cancel.signal });
    put.catch(() => undefined);
    await server.silent;
    cancel.abort();
    await expect(put).rejects.toMatchObject({ code: "E_CANCELLED" });
  }
});

test("a put that is cancelled while the store does not say what is there ends at once", async () => {
  const server = await answeringServer("look");
  const backend = await open(server.endpoint);
  const cancel = new AbortController();
  const put = backend.put(key, body, { ifAbsent: true, signal: cancel.signal });
  put.catch(() => undefined);
  await server.silent;
  cancel.abort();
  await expect(put).rejects.toMatchObject({ code: "E_CANCELLED" });
});

test("a store that has no conditional PUT is told of with the setting that does without", async () => {
  const refusal = { status: 501, code: "NotImplemented", after: "headers", closes: false } as const;
  const server = await answeringServer("headers", refusal);
  const backend = await open(server.endpoint, { conditional_put: "yes" });
  await expect(backend.put(key, body, { ifAbsent: true })).rejects.toMatchObject({
    code: "E_UNSUPPORTED",
    hint: expect.stringContaining("conditional_put = no"),
  });
  await expect(backend.put(key, body)).rejects.toMatchObject({
    code: "E_UNSUPPORTED",
    hint: expect.not.stringContaining("conditional_put"),
  });
});
