import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { conformance, type Harness, type OpenedStore } from "@coldstow/backend-testkit";
import { silent, type ObjectKey, type StorageBackend } from "@coldstow/contracts";
import { RetrievalStates } from "@coldstow/test-servers/sealing-proxy-states";
import { startSftpGateway } from "@coldstow/test-servers/sftp-gateway";
import { describe, expect, test } from "vitest";

import { parseSettings } from "./config.ts";
import { gatewayAlone } from "./gateway.ts";

const daySeconds = 86_400;

function pathOf(key: ObjectKey): string {
  return `/photos/archive/${key}`;
}

/** The restricted SFTP server, which refuses to open what is sealed: that is all it tells. */
async function open(): Promise<OpenedStore> {
  const states = new RetrievalStates({ unsealSeconds: 30, windowSeconds: daySeconds });
  const server = await startSftpGateway({
    password: "test.tester.testing",
    containers: ["photos"],
    hooks: {
      beforeRead: (path) => (states.ask(path) === undefined ? "ok" : "failure"),
      onWrite: (path) => states.forget(path),
    },
  });
  const stateDirectory = await mkdtemp(join(tmpdir(), "coldstow-ovh-"));
  const config = parseSettings({
    transport: "sftp",
    region: "gra",
    container: "photos/archive",
    tenant: "test",
    user: "tester",
    password: "testing",
    gateway: server.host,
    gateway_port: String(server.port),
    host_key: server.hostKeySha256,
    known_hosts: "no",
  });
  let nowMs = Date.now();
  const advance = (seconds: number): void => {
    states.advance(seconds);
    nowMs += seconds * 1000;
  };
  const client = (): Promise<StorageBackend> =>
    gatewayAlone(config, { progress: silent, stateDirectory }, { clock: () => nowMs });
  return {
    backend: await client(),
    reopen: client,
    breakStore: () => server.kill(),
    cold: {
      makeReady: async (keys) => {
        for (const key of keys) advance(states.delaySeconds(pathOf(key)) ?? 0);
      },
      makeFrozen: async (keys) => {
        const sealed = keys.filter((key) => states.state(pathOf(key)) === "sealed");
        if (sealed.length < keys.length) advance(2 * daySeconds);
      },
    },
    cleanup: async () => {
      await server.stop();
      await rm(stateDirectory, { recursive: true });
    },
  };
}

const harness: Harness = {
  open,
  expect: {
    capabilities: {
      atomicPut: false,
      conditionalPut: false,
      rangeRead: true,
      resumeUpload: false,
      serverDigest: undefined,
      maxObjectBytes: 256 * 1024 ** 2,
      freeRead: false,
    },
    cold: true,
    staged: false,
  },
  listedObjects: 250,
};

describe("conformance of the SFTP transport without Swift", () => {
  const plan = conformance({ ...harness, test, describe });
  test("no group is left out", () => {
    expect(plan.leftOut).toEqual([]);
  });
});
