import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect, promisify } from "node:util";

import type { BackendSettings, ProgressEvent } from "@coldstow/contracts";
import { startSftpGateway } from "@coldstow/test-servers/sftp-gateway";
import { makeKey, startSshd, type Sshd, type SshdOptions } from "@coldstow/test-servers/sshd";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { plugin } from "./index.ts";

const secret = "pâss wörd-'42'";
let state = "";
const servers: Sshd[] = [];
let events: ProgressEvent[] = [];

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "coldstow-state-"));
  events = [];
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await rm(state, { recursive: true });
});

async function started(options: SshdOptions = {}): Promise<Sshd> {
  const server = await startSshd(options);
  servers.push(server);
  return server;
}

function settingsOf(server: Sshd): BackendSettings {
  const { host, port, user, directory, privateKeyPath } = server;
  const place = { host, port: String(port), user, dir: directory };
  return { ...place, key_file: privateKeyPath, known_hosts: join(state, "known") };
}

function progress(event: ProgressEvent): void {
  events.push(event);
}

async function login(settings: BackendSettings): Promise<void> {
  const backend = await plugin.open(settings, { progress, stateDirectory: join(state, "pins") });
  await backend.close();
}

describe("the host key", () => {
  test("of an unknown host is pinned and told once, with its fingerprint", async () => {
    const server = await started();
    await login(settingsOf(server));
    await login(settingsOf(server));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: "warning" });
    expect(inspect(events[0])).toContain(server.hostKeySha256);
    const pins = await readFile(join(state, "pins", "sftp_known_hosts"), "utf8");
    expect(pins).toBe(`${server.knownHostsLine}\n`);
  });

  test("that changed after it was pinned is refused with both fingerprints", async () => {
    const server = await started();
    await login(settingsOf(server));
    const before = server.hostKeySha256;
    await server.replaceHostKey();
    const refused = login(settingsOf(server));
    await expect(refused).rejects.toMatchObject({ code: "E_HOST_KEY" });
    await expect(refused).rejects.toThrow(before);
    await expect(refused).rejects.toThrow(server.hostKeySha256);
  });

  test("that known_hosts names passes without a word, also by a hashed name", async () => {
    const server = await started();
    await writeFile(join(state, "known"), `${server.knownHostsLine}\n`);
    await promisify(execFile)("ssh-keygen", ["-H", "-f", join(state, "known")]);
    expect(await readFile(join(state, "known"), "utf8")).toContain("|1|");
    await login(settingsOf(server));
    expect(events).toEqual([]);
  });

  test("that known_hosts revokes is refused", async () => {
    const server = await started();
    await writeFile(join(state, "known"), `@revoked ${server.knownHostsLine}\n`);
    const refused = login({ ...settingsOf(server), host_key: server.hostKeySha256 });
    await expect(refused).rejects.toMatchObject({ code: "E_HOST_KEY" });
  });

  test("is asked for in the kind that is known, where a server has several", async () => {
    const server = await started({ hostKeyTypes: ["ed25519", "ecdsa", "rsa"] });
    const rsa = server.hostKeys[2]?.publicKey ?? "";
    await writeFile(join(state, "known"), `[${server.host}]:${server.port} ${rsa}\n`);
    await login(settingsOf(server));
    expect(events).toEqual([]);
  });

  test("must be the one that is demanded", async () => {
    const server = await started();
    await login({ ...settingsOf(server), host_key: server.hostKeySha256 });
    const refused = login({ ...settingsOf(server), host_key: `SHA256:${"A".repeat(43)}` });
    await expect(refused).rejects.toMatchObject({ code: "E_HOST_KEY" });
  });

  test("that is not trusted gets no password", async () => {
    await using gateway = await startSftpGateway();
    const { host, port, user, password } = gateway;
    const settings = {
      host,
      port: String(port),
      user,
      password,
      dir: "archive",
      known_hosts: "no",
    };
    const refused = login({ ...settings, host_key: `SHA256:${"A".repeat(43)}` });
    await expect(refused).rejects.toMatchObject({ code: "E_HOST_KEY" });
    expect(gateway.sentPasswords).toEqual([]);
    await login(settings);
    expect(gateway.sentPasswords).toEqual([password]);
  });
});

describe("logging in", () => {
  test("works with a password of any characters", async () => {
    const server = await started({ password: secret });
    const { key_file: _, ...others } = settingsOf(server);
    await expect(login({ ...others, password: secret })).resolves.toBeUndefined();
  });

  test("works where the password is asked for by keyboard-interactive", async () => {
    await using gateway = await startSftpGateway({ methods: ["keyboard-interactive"] });
    const { host, port, user, password } = gateway;
    await expect(
      login({ host, port: String(port), user, password, dir: "archive", known_hosts: "no" }),
    ).resolves.toBeUndefined();
  });

  test("works with an encrypted key and its passphrase", async () => {
    const server = await started();
    const key_file = server.privateKeyPath;
    await promisify(execFile)("ssh-keygen", ["-q", "-p", "-N", secret, "-P", "", "-f", key_file]);
    const settings = { ...settingsOf(server), key_file };
    await login({ ...settings, key_passphrase: secret });
    await expect(login(settings)).rejects.toMatchObject({
      code: "E_CONFIG",
      subject: "key_passphrase",
    });
    await expect(login({ ...settings, key_passphrase: "wrong" })).rejects.toMatchObject({
      code: "E_AUTH",
      subject: "key_passphrase",
    });
  });

  test("works with the keys of an agent", async () => {
    const server = await started();
    const socket = join(state, "agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      await once(agent.stdout, "data");
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      await promisify(execFile)("ssh-add", ["-q", server.privateKeyPath], { env });
      const { key_file: _, ...others } = settingsOf(server);
      await expect(login({ ...others, agent: socket })).resolves.toBeUndefined();
    } finally {
      agent.kill();
    }
  });

  test("is refused without telling a secret to anybody", async () => {
    const server = await started({ password: "another" });
    const { key_file: _, ...others } = settingsOf(server);
    const error: unknown = await login({ ...others, password: secret }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "E_AUTH" });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(secret);
  });

  test("with a key that the server does not know is refused", async () => {
    const server = await started();
    const key_file = join(state, "stranger");
    await makeKey(key_file, "ed25519");
    await expect(login({ ...settingsOf(server), key_file })).rejects.toMatchObject({
      code: "E_AUTH",
    });
  });
});

describe("settings", () => {
  const least = { host: "nas", user: "me", dir: "photos", password: "x" };

  test.each([
    [{ ...least, host: "" }, "host"],
    [{ ...least, user: " " }, "user"],
    [{ ...least, dir: "" }, "dir"],
    [{ ...least, dir: "a\nb" }, "dir"],
    [{ ...least, port: "70000" }, "port"],
    [{ ...least, connections: "0" }, "connections"],
    [{ ...least, host_key: "MD5:aa" }, "host_key"],
    [{ ...least, create: "perhaps" }, "create"],
    [{ ...least, password: "", agent: "no" }, "password"],
    [{ ...least, key_file: "/nowhere/key" }, "key_file"],
  ])("%o name what is wrong", async (settings, subject) => {
    const wrong = login(settings);
    await expect(wrong).rejects.toMatchObject({ code: "E_CONFIG", subject });
  });

  test("a place is described without its password", () => {
    expect(plugin.describe({ ...least, password: secret })).toBe("the folder photos of me@nas");
  });
});
