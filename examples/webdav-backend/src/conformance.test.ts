import { conformance, type OpenedStore } from "@coldstow/backend-testkit";
import type { StorageBackend } from "@coldstow/contracts";
import { startWebdav } from "@coldstow/test-servers/webdav";
import { describe, expect, test } from "vitest";

import { parseSettings, webdavBackend } from "./index.ts";

async function open(): Promise<OpenedStore> {
  const server = await startWebdav();
  const client = (): StorageBackend =>
    webdavBackend(
      parseSettings({
        host: server.host,
        port: String(server.port),
        dir: "/not/made yet",
        tls: "no",
        user: server.user,
        password: server.password,
      }),
    );
  return {
    backend: client(),
    reopen: async () => client(),
    breakStore: () => server.kill(),
    cleanup: () => server.stop(),
  };
}

describe("conformance of the WebDAV backend", () => {
  const plan = conformance({
    test,
    describe,
    open,
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
  });
  test("no group is left out", () => {
    expect(plan.leftOut).toEqual([]);
  });
});
