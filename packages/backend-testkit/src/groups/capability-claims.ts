import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { objectKey, type Capabilities } from "@coldstow/contracts";

import { coldstowErrorOf } from "../assert-error.ts";
import type { Expectations } from "../harness.ts";
import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";

const key = objectKey("claims/object");

/** What a backend says of itself is true. */
export function capabilityClaims(expect: Expectations): readonly Scenario[] {
  return [
    {
      name: "the backend claims what the harness expects",
      run: async ({ backend }) => {
        for (const [name, value] of Object.entries(expect.capabilities)) {
          assert.equal(backend.capabilities[name as keyof Capabilities], value, name);
        }
        assert.equal(backend.cold !== undefined, expect.cold, "cold");
        assert.equal(backend.staged !== undefined, expect.staged, "staged");
      },
    },
    {
      name: "the claims make sense together",
      run: async ({ backend }) => {
        const { maxConcurrent, maxObjectBytes, freeRead } = backend.capabilities;
        assert.ok(Number.isSafeInteger(maxConcurrent) && maxConcurrent >= 1, "maxConcurrent");
        assert.ok(Number.isSafeInteger(maxObjectBytes) && maxObjectBytes >= 1, "maxObjectBytes");
        assert.ok(!(freeRead && backend.cold), "reading a frozen object is not free");
      },
    },
    {
      name: "a digest that the store tells is the digest of the bytes",
      run: async (bench) => {
        const { serverDigest } = bench.backend.capabilities;
        for (const size of [0, 1, 100_000, bench.largeBytes]) {
          const bytes = randomBytes(size, size + 2);
          const told = [await bench.put(key, bytes), await bench.backend.stat(key)];
          for await (const info of bench.backend.list(key)) told.push(info);
          for (const [index, info] of told.entries()) {
            const digest = info?.digest;
            // put and stat must tell it where it was claimed; list may leave it out.
            if (index < 2) assert.equal(digest?.algorithm, serverDigest, "the claimed algorithm");
            if (digest === undefined) continue;
            const hex = createHash(digest.algorithm).update(bytes).digest("hex");
            assert.equal(digest.hex, hex, `the digest of ${size} bytes`);
          }
        }
      },
    },
    {
      name: "a body above maxObjectBytes is refused before it is opened",
      run: async (bench) => {
        const { maxObjectBytes } = bench.backend.capabilities;
        let opened = false;
        const source = {
          sizeBytes: maxObjectBytes + 1,
          digests: [],
          async *open(): AsyncGenerator<Uint8Array, void, undefined> {
            opened = true;
            yield new Uint8Array();
          },
        };
        const error = await coldstowErrorOf(() => bench.backend.put(key, source), "put");
        assert.equal(error.code, "E_UNSUPPORTED");
        assert.ok(!opened, "the body was opened");
        await bench.assertAbsent(key);
      },
    },
  ];
}
