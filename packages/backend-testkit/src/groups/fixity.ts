import { createHash } from "node:crypto";

import { objectKey, type Digest, type DigestAlgorithm, type ErrorCode } from "@coldstow/contracts";

import { assertCode } from "../assert-error.ts";
import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";
import { trackedSource, type TrackedSource } from "../sources.ts";

const key = objectKey("fixity/object");
const bytes: Uint8Array = randomBytes(150_000, 11);

function digestOf(algorithm: DigestAlgorithm): Digest {
  return { algorithm, hex: createHash(algorithm).update(bytes).digest("hex") };
}

const wrongSha: Digest = { algorithm: "sha256", hex: "0".repeat(64) };
const wrongMd5: Digest = { algorithm: "md5", hex: "0".repeat(32) };

const lies: readonly { what: string; code: ErrorCode; source: () => TrackedSource }[] = [
  {
    what: "a body that is one byte short",
    code: "E_LENGTH",
    source: () => trackedSource(bytes, { announcedBytes: bytes.length + 1 }),
  },
  {
    what: "a body that is one byte long",
    code: "E_LENGTH",
    source: () => trackedSource(bytes, { announcedBytes: bytes.length - 1 }),
  },
  {
    what: "a body that was announced as empty",
    code: "E_LENGTH",
    source: () => trackedSource(bytes, { announcedBytes: 0 }),
  },
  {
    what: "an empty body that was announced as something",
    code: "E_LENGTH",
    source: () => trackedSource(new Uint8Array(), { announcedBytes: 100_000 }),
  },
  {
    what: "a body with another sha256",
    code: "E_FIXITY",
    source: () => trackedSource(bytes, { digests: [wrongSha] }),
  },
  {
    what: "a body with another md5",
    code: "E_FIXITY",
    source: () => trackedSource(bytes, { digests: [wrongMd5] }),
  },
  {
    what: "a body of which only the second digest is wrong",
    code: "E_FIXITY",
    source: () => trackedSource(bytes, { digests: [digestOf("md5"), wrongSha] }),
  },
  {
    what: "an empty body with a digest of something",
    code: "E_FIXITY",
    source: () => trackedSource(new Uint8Array(), { digests: [digestOf("sha256")] }),
  },
];

/** A body that does not keep its word is refused and leaves no trace. */
export function fixity(): readonly Scenario[] {
  const refused = lies.flatMap(({ what, code, source }): readonly Scenario[] => [
    {
      name: `${what} is refused with ${code} and leaves no object`,
      run: async (bench) => {
        await assertCode(() => bench.backend.put(key, source()), [code], "put");
        await bench.assertAbsent(key);
      },
    },
    {
      name: `${what} is refused with ${code} and leaves the object that was there`,
      run: async (bench) => {
        const before = randomBytes(99, 2);
        await bench.put(key, before);
        await assertCode(() => bench.backend.put(key, source()), [code], "put");
        await bench.assertHolds(key, before);
      },
    },
  ]);
  return [
    ...refused,
    {
      name: "a body with its true digests is stored",
      run: async (bench) => {
        const digests = [digestOf("sha256"), digestOf("md5")];
        await bench.backend.put(key, trackedSource(bytes, { digests }));
        await bench.assertHolds(key, bytes);
      },
    },
  ];
}
