import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { conformance, type Harness, type OpenedStore } from "@coldstow/backend-testkit";
import { silent, type StorageBackend } from "@coldstow/contracts";
import { startSftpGateway } from "@coldstow/test-servers/sftp-gateway";
import { startSshd, type SshdOptions } from "@coldstow/test-servers/sshd";
import { describe, expect, test } from "vitest";

import type { SftpConfig } from "./config.ts";
import { gatewayDialect, parseSettings, sftpBackend } from "./index.ts";

function openSshHarness(options: SshdOptions, serverDigest: "sha256" | undefined): Harness {
  return {
    open: async (): Promise<OpenedStore> => {
      const server = await startSshd(options);
      const state = await mkdtemp(join(tmpdir(), "coldstow-state-"));
      const config = parseSettings({
        host: server.host,
        port: String(server.port),
        user: server.user,
        dir: join(server.directory, "not", "made", "yet"),
        key_file: server.privateKeyPath,
        known_hosts: "no",
        host_key: server.hostKeySha256,
      });
      const client = async (): Promise<StorageBackend> =>
        await sftpBackend(config, { progress: silent, stateDirectory: state });
      return {
        backend: await client(),
        reopen: client,
        breakStore: async () => await server.kill(),
        cleanup: async () => {
          await server.stop();
          await rm(state, { recursive: true });
        },
      };
    },
    expect: {
      capabilities: {
        atomicPut: true,
        conditionalPut: true,
        rangeRead: true,
        resumeUpload: true,
        serverDigest,
        freeRead: true,
      },
      cold: false,
      staged: false,
    },
  };
}

const gatewayHarness: Harness = {
  open: async (): Promise<OpenedStore> => {
    const server = await startSftpGateway();
    const state = await mkdtemp(join(tmpdir(), "coldstow-state-"));
    const parsed = parseSettings({
      host: server.host,
      port: String(server.port),
      user: server.user,
      dir: "archive/photos",
      password: server.password,
      known_hosts: "no",
    });
    const config: SftpConfig = { ...parsed, dialect: gatewayDialect };
    const client = async (): Promise<StorageBackend> =>
      await sftpBackend(config, { progress: silent, stateDirectory: state });
    return {
      backend: await client(),
      reopen: client,
      breakStore: async () => await server.kill(),
      cleanup: async () => {
        await server.stop();
        await rm(state, { recursive: true });
      },
    };
  },
  expect: {
    capabilities: {
      atomicPut: false,
      conditionalPut: false,
      rangeRead: true,
      resumeUpload: false,
      serverDigest: undefined,
      freeRead: true,
    },
    cold: false,
    staged: false,
  },
};

const harnesses: Readonly<Record<string, Harness>> = {
  "OpenSSH server with commands": openSshHarness({}, "sha256"),
  "OpenSSH server that allows SFTP only": openSshHarness({ sftpOnly: true }, undefined),
  "gateway to an object store": gatewayHarness,
};

for (const [name, harness] of Object.entries(harnesses)) {
  describe(`conformance of an ${name}`, () => {
    const plan = conformance({ ...harness, test, describe });
    test("no group is left out", () => {
      expect(plan.leftOut).toEqual([]);
    });
  });
}
