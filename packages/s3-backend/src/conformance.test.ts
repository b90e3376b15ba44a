import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { conformance, type Harness, type OpenedStore } from "@coldstow/backend-testkit";
import { silent, type StorageBackend } from "@coldstow/contracts";
import { startFaultProxy } from "@coldstow/test-servers/fault-proxy";
import {
  startGlacierDouble,
  type GlacierDoubleOptions,
} from "@coldstow/test-servers/glacier-double";
import { startSwift, type Swift } from "@coldstow/test-servers/swift";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { plugin } from "./index.ts";

// A server starts slowly, and a long listing fills slowly, on a machine that has much else to do.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

type Settings = Readonly<Record<string, string>>;

let swift: Swift;
beforeAll(async () => {
  swift = await startSwift();
});
afterAll(async () => {
  await swift.stop();
});

function swiftHarness(more: Settings): Harness {
  const open = async (): Promise<OpenedStore> => {
    const proxy = await startFaultProxy(Number(new URL(swift.s3.endpoint).port));
    const stateDirectory = await mkdtemp(join(tmpdir(), "coldstow-s3-"));
    const settings = {
      profile: "generic",
      endpoint: `http://127.0.0.1:${proxy.port}`,
      region: swift.s3.region,
      bucket: swift.freshName(),
      prefix: "in/a-folder",
      access_key: swift.s3.accessKeyId,
      secret_key: swift.s3.secretAccessKey,
      create: "yes",
      ...more,
    };
    const client = (): Promise<StorageBackend> =>
      plugin.open(settings, { progress: silent, stateDirectory });
    return {
      backend: await client(),
      reopen: client,
      breakStore: async () => {
        proxy.refuse();
        proxy.cutAll();
      },
      cleanup: async () => {
        await proxy.close();
        await rm(stateDirectory, { recursive: true });
      },
    };
  };
  return {
    open,
    timeoutMs: 230_000,
    expect: {
      capabilities: {
        atomicPut: true,
        conditionalPut: false,
        rangeRead: true,
        resumeUpload: more["multipart"] === "yes",
        serverDigest: more["multipart"] === "yes" ? undefined : "md5",
        freeRead: true,
      },
      cold: false,
      staged: false,
    },
  };
}

function glacierHarness(
  profile: string,
  options: GlacierDoubleOptions,
  expected: Harness["expect"]["capabilities"],
): Harness {
  const open = async (): Promise<OpenedStore> => {
    const double = await startGlacierDouble(options);
    const stateDirectory = await mkdtemp(join(tmpdir(), "coldstow-s3-"));
    const settings = {
      profile,
      endpoint: double.endpoint,
      region: double.region,
      bucket: "cold",
      prefix: "archives",
      path_style: "yes",
      access_key: double.accessKeyId,
      secret_key: double.secretAccessKey,
    };
    double.createBucket("cold");
    const client = (): Promise<StorageBackend> =>
      plugin.open(settings, { progress: silent, stateDirectory });
    return {
      backend: await client(),
      reopen: client,
      breakStore: async () => await double.stop(),
      cold: {
        makeReady: async (keys) =>
          keys.forEach((key) => double.makeReady("cold", `archives/${key}`)),
        makeFrozen: async (keys) =>
          keys.forEach((key) => double.makeFrozen("cold", `archives/${key}`)),
      },
      cleanup: async () => {
        await double.stop();
        await rm(stateDirectory, { recursive: true });
      },
    };
  };
  return {
    open,
    timeoutMs: 230_000,
    expect: {
      capabilities: { atomicPut: true, rangeRead: true, freeRead: false, ...expected },
      cold: true,
      staged: false,
    },
  };
}

const harnesses: Readonly<Record<string, Harness>> = {
  "a generic S3, which is Swift's": swiftHarness({}),
  "a generic S3 with uploads in parts": {
    ...swiftHarness({ multipart: "yes", part_size: "5" }),
    // Still more than a page; how they were stored makes no difference to a listing.
    listedObjects: 1050,
  },
  "AWS Deep Archive": glacierHarness(
    "aws-deep-archive",
    {},
    { conditionalPut: true, serverDigest: "sha256", resumeUpload: false },
  ),
  "OVH Cold Archive": glacierHarness(
    "ovh-cold-archive",
    { refusesTier: true, refusesShortening: true, listsStates: false },
    { conditionalPut: false, serverDigest: "md5", resumeUpload: false },
  ),
};

for (const [name, harness] of Object.entries(harnesses)) {
  describe(`conformance of ${name}`, () => {
    const plan = conformance({ ...harness, test, describe });
    test("no group is left out", () => {
      expect(plan.leftOut).toEqual([]);
    });
  });
}
