import { execFile } from "node:child_process";
import { access, readFile } from "node:fs/promises";
import { connect } from "node:net";
import { promisify } from "node:util";

import { describe, expect, test } from "vitest";

import { startSshd, type Sshd } from "./sshd.ts";

const run = promisify(execFile);

async function onServer(server: Sshd, command: string): Promise<string> {
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
  const flags = options.flatMap((option) => ["-o", option]);
  const place = ["-p", String(server.port), "-i", server.privateKeyPath];
  const target = `${server.user}@${server.host}`;
  return (await run("ssh", [...flags, ...place, target, command])).stdout;
}

async function isRefused(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1");
  socket.once("error", () => resolve(true));
  socket.once("connect", () => resolve(false));
  const refused = await promise;
  socket.destroy();
  return refused;
}

describe("an OpenSSH server for tests", () => {
  test("lets its key in, and several run at once", async () => {
    const servers = await Promise.all([startSshd(), startSshd(), startSshd()]);
    const ports = servers.map(({ port }) => port);
    expect(new Set(ports).size).toBe(3);
    for (const server of servers) expect(await onServer(server, "echo in")).toBe("in\n");
    await Promise.all(servers.map((server) => server.stop()));
    await expect(access(servers[0]?.directory ?? "")).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("refuses connections once it is killed, and comes back on its port with its key", async () => {
    await using server = await startSshd();
    const { port, hostKeySha256 } = server;
    await server.kill();
    expect(await isRefused(port)).toBe(true);
    await server.restart();
    expect([server.port, server.hostKeySha256]).toEqual([port, hostKeySha256]);
    expect(await onServer(server, "echo in")).toBe("in\n");
    await server.replaceHostKey();
    expect(server.hostKeySha256).not.toBe(hostKeySha256);
  });

  test("keeps its password and its small disk from the machine", async () => {
    const before = await readFile("/etc/shadow", "utf8");
    await using server = await startSshd({ password: "a b'c", diskBytes: 1024 * 1024 });
    expect(await readFile("/etc/shadow", "utf8")).toBe(before);
    expect(await onServer(server, `df --output=size ${server.directory}`)).toMatch(/\b1024\b/);
    expect(await readFile("/proc/mounts", "utf8")).not.toContain(server.directory);
  });
});
