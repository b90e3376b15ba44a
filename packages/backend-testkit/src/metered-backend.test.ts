import { bytesSource, objectKey } from "@coldstow/contracts";
import { expect, test } from "vitest";

import { memoryBackend } from "./memory-backend.ts";
import { metered } from "./metered-backend.ts";

test("a metered backend closes after its uploads have ended", async () => {
  const events: string[] = [];
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const memory = memoryBackend();
  const backend = metered(
    {
      ...memory,
      put: async (key, source) => {
        begin();
        await released;
        const info = await memory.put(key, source);
        events.push("stored");
        return info;
      },
      close: async () => {
        events.push("closed");
      },
    },
    {
      traffic: { puts: 0, gets: 0, otherCalls: 0, sentBytes: 0 },
      signal: undefined,
      unfinished: new Set(),
      staged: new Set(),
    },
  );
  const upload = backend.put(objectKey("a"), bytesSource(new Uint8Array(1)));
  await begun;
  const closing = backend.close();
  release();
  await Promise.all([upload, closing]);
  expect(events).toEqual(["stored", "closed"]);
});
