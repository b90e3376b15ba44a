import { rmSync } from "node:fs";
import { join } from "node:path";
import { startFaultProxy } from "@coldstow/test-servers/fault-proxy";
import { startSftpGateway } from "@coldstow/test-servers/sftp-gateway";
import { fillDisk, freeDisk, mountDisk, unmountDisk } from "./small-disk.ts";
import type { RemoteServer, RemoteServerOptions } from "./remote-server.ts";
import { sha256OfFile, storedFiles } from "./stored-files.ts";

const container = "archive";
const [tenant, user, password] = ["tenant", "user", "secret"];

/** The double of OVH's SFTP gateway, whose objects are never sealed. */
export async function remoteGateway({ diskBytes }: RemoteServerOptions): Promise<RemoteServer> {
  const server = await startSftpGateway({
    containers: [container],
    password: [tenant, user, password].join("."),
  });
  const stored = join(server.directory, container);
  if (diskBytes !== undefined) mountDisk(stored, diskBytes);
  const proxy = await startFaultProxy(server.port);
  return {
    kind: "gateway",
    scheme: "ovh",
    lines: [
      "transport = sftp",
      "region = test",
      // Nobody listens: there is the gateway alone.
      "auth_url = http://127.0.0.1:1/v3",
      `gateway = ${server.host}`,
      `gateway_port = ${proxy.port}`,
      `container = ${container}`,
      `tenant = ${tenant}`,
      `user = ${user}`,
      "password_env = TEST_OVH_PASSWORD",
    ],
    secrets: { TEST_OVH_PASSWORD: password },
    proxy,
    isLeftWhenSilent: false,
    http: undefined,
    names: async () => {
      const files = storedFiles(stored);
      files.delete(".filler");
      return files;
    },
    sha256: (name) => sha256OfFile(join(stored, name)),
    remove: async (name) => rmSync(join(stored, name)),
    kill: () => server.kill(),
    restart: () => server.restart(),
    fillDisk: diskBytes === undefined ? undefined : (free) => fillDisk(stored, free),
    freeDisk: async () => void freeDisk(stored),
    stop: async () => {
      await proxy.close();
      await server.kill();
      if (diskBytes !== undefined) unmountDisk(stored);
      await server.stop();
    },
  };
}
