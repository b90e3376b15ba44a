import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { conformance, type Harness, type OpenedStore } from "@coldstow/backend-testkit";
import { throttled, withRetry, type StorageBackend } from "@coldstow/contracts";
import { describe, expect, test } from "vitest";

import { localBackend } from "./index.ts";

type Wrap = (backend: StorageBackend) => StorageBackend;

function localHarness(hardLinks: boolean, wrap: Wrap = (backend) => backend): Harness {
  const open = async (): Promise<OpenedStore> => {
    const folder = await mkdtemp(join(tmpdir(), "coldstow-local-"));
    const directory = join(folder, "not", "made", "yet");
    const client = (): StorageBackend =>
      wrap(localBackend({ directory, create: true }, { hardLinks }));
    return {
      backend: client(),
      reopen: async () => client(),
      breakStore: async () => {
        await rename(directory, `${directory}-aside`);
        await writeFile(directory, "a file where the folder was");
      },
      cleanup: async () => await rm(folder, { recursive: true }),
    };
  };
  return {
    open,
    expect: {
      capabilities: {
        atomicPut: true,
        conditionalPut: true,
        rangeRead: true,
        resumeUpload: false,
        serverDigest: undefined,
        freeRead: true,
      },
      cold: false,
      staged: true,
    },
  };
}

const harnesses: Readonly<Record<string, Harness>> = {
  "local backend": localHarness(true),
  "local backend without hard links": localHarness(false),
  "local backend withRetry and throttled": localHarness(true, (backend) =>
    throttled(withRetry(backend, { baseDelayMs: 1 }), { bytesPerSecond: 1e12 }),
  ),
};

for (const [name, harness] of Object.entries(harnesses)) {
  describe(`conformance of the ${name}`, () => {
    const plan = conformance({ ...harness, test, describe });
    test("no group is left out", () => {
      expect(plan.leftOut).toEqual([]);
    });
  });
}
