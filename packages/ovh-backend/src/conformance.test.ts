import { conformance, type Harness, type OpenedStore } from "@coldstow/backend-testkit";
import type { Capabilities, ObjectKey } from "@coldstow/contracts";
import { startFaultProxy } from "@coldstow/test-servers/fault-proxy";
import { startSealingProxy, type SealingProxy } from "@coldstow/test-servers/sealing-proxy";
import { startSwift, type Swift } from "@coldstow/test-servers/swift";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { placeConfig } from "../testing/swift-place.ts";
import { GatewayWithSwift } from "./gateway-with-swift.ts";
import { SwiftBackend } from "./swift-backend.ts";

const started: { swift?: Swift } = {};

beforeAll(async () => {
  started.swift = await startSwift();
});

afterAll(async () => {
  await started.swift?.stop();
});

function swift(): Swift {
  if (started.swift === undefined) throw new Error("Swift was not started");
  return started.swift;
}

const capabilities: Partial<Capabilities> = {
  atomicPut: true,
  conditionalPut: false,
  rangeRead: true,
  resumeUpload: false,
  serverDigest: "md5",
  maxObjectBytes: 5 * 1024 ** 3,
};

/** A hot container of Swift, each scenario's behind a line of its own that can be cut. */
async function openPlain(): Promise<OpenedStore> {
  const proxy = await startFaultProxy(Number(new URL(swift().authUrl).port));
  const authUrl = `http://127.0.0.1:${proxy.port}/auth/v1.0`;
  const config = placeConfig({ authUrl }, swift().freshName(), { policy: "none" });
  return {
    backend: new SwiftBackend(config),
    reopen: async () => new SwiftBackend(config),
    breakStore: async () => {
      proxy.refuse();
      proxy.cutAll();
    },
    cleanup: () => proxy.close(),
  };
}

function coldHooks(
  proxy: SealingProxy,
  nameOf: (key: ObjectKey) => string,
): OpenedStore["cold"] & {} {
  const forEach = (keys: readonly ObjectKey[], seconds: (name: string) => number): void => {
    for (const key of keys) proxy.advance(seconds(nameOf(key)));
  };
  return {
    makeReady: async (keys) => forEach(keys, (name) => proxy.states.delaySeconds(name) ?? 0),
    makeFrozen: async (keys) => forEach(keys, (name) => proxy.states.secondsUntilSealed(name)),
  };
}

/** A container of the archive, by Keystone. The kit thaws one by one: short waits in a long window. */
async function openSealed(): Promise<OpenedStore> {
  const times = { unsealSeconds: 30, windowSeconds: 86_400 };
  const proxy = await startSealingProxy({ target: swift().authUrl, ...times });
  const container = swift().freshName();
  const place = { authUrl: proxy.keystoneUrl };
  const config = placeConfig(place, container, { region: "gra", prefix: "a folder/of mine" });
  return {
    backend: new SwiftBackend(config, { pageObjects: 100 }),
    reopen: async () => new SwiftBackend(config, { pageObjects: 100 }),
    breakStore: () => proxy.stop(),
    cold: coldHooks(proxy, (key) => `${container}/a folder/of mine/${key}`),
    cleanup: () => proxy.stop(),
  };
}

/**
 * The gateway's way of working, on one store: bodies take a way that knows nothing of sealing, digests
 * and states come from the archive. Here the first way is plain Swift.
 */
async function openBeside(): Promise<OpenedStore> {
  const sealed = await startSealingProxy({ target: swift().authUrl, unsealSeconds: 30 });
  const container = swift().freshName();
  const plain = await startFaultProxy(Number(new URL(swift().authUrl).port));
  const authUrl = `http://127.0.0.1:${plain.port}/auth/v1.0`;
  const client = (): GatewayWithSwift =>
    new GatewayWithSwift(
      new SwiftBackend(placeConfig({ authUrl }, container, { policy: "none" })),
      new SwiftBackend(placeConfig(sealed, container)),
    );
  return {
    backend: client(),
    reopen: async () => client(),
    breakStore: async () => {
      plain.refuse();
      plain.cutAll();
      await sealed.stop();
    },
    cold: coldHooks(sealed, (key) => `${container}/${key}`),
    cleanup: async () => {
      await sealed.stop();
      await plain.close();
    },
  };
}

const harnesses: Readonly<Record<string, Harness>> = {
  "Swift transport": {
    open: openPlain,
    expect: { capabilities: { ...capabilities, freeRead: true }, cold: false, staged: false },
  },
  "Swift transport of a container that is sealed": {
    open: openSealed,
    expect: { capabilities: { ...capabilities, freeRead: false }, cold: true, staged: false },
    listedObjects: 250,
  },
  "SFTP transport's states by Swift": {
    open: openBeside,
    expect: { capabilities: { ...capabilities, freeRead: false }, cold: true, staged: false },
    listedObjects: 250,
  },
};

for (const [name, harness] of Object.entries(harnesses)) {
  describe(`conformance of the ${name}`, () => {
    const plan = conformance({ ...harness, test, describe });
    test("no group is left out", () => {
      expect(plan.leftOut).toEqual([]);
    });
  });
}
