import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startFaultProxy } from "@coldstow/test-servers/fault-proxy";
import { startSshd } from "@coldstow/test-servers/sshd";
import { fillDisk, freeDisk, mountDisk, unmountDisk } from "./small-disk.ts";
import type { RemoteServer, RemoteServerOptions } from "./remote-server.ts";
import { sha256OfFile, storedFiles } from "./stored-files.ts";

/** OpenSSH with a key; the archive lies in `archive` on its disk. */
export async function remoteSshd({
  folder,
  diskBytes,
}: RemoteServerOptions): Promise<RemoteServer> {
  const disk = join(folder, "disk");
  const archive = join(disk, "archive");
  mkdirSync(disk, { recursive: true });
  if (diskBytes !== undefined) mountDisk(disk, diskBytes);
  mkdirSync(archive);
  const server = await startSshd();
  const proxy = await startFaultProxy(server.port);
  return {
    kind: "sftp",
    scheme: "sftp",
    lines: [
      `host = ${server.host}`,
      `port = ${proxy.port}`,
      `user = ${server.user}`,
      `key_file = ${server.privateKeyPath}`,
      `dir = ${archive}`,
      "connect_timeout = 5",
      "stall_timeout = 5",
    ],
    secrets: {},
    proxy,
    isLeftWhenSilent: true,
    http: undefined,
    names: async () => storedFiles(archive),
    sha256: (name) => sha256OfFile(join(archive, name)),
    remove: async (name) => rmSync(join(archive, name)),
    kill: () => server.kill(),
    restart: () => server.restart(),
    fillDisk: diskBytes === undefined ? undefined : (free) => fillDisk(disk, free),
    freeDisk: async () => void freeDisk(disk),
    stop: async () => {
      await proxy.close();
      await server.stop();
      if (diskBytes !== undefined) unmountDisk(disk);
    },
  };
}
