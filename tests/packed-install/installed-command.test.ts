import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSshd, type Sshd } from "@coldstow/test-servers/sshd";
import { startWebdav, type WebdavServer } from "@coldstow/test-servers/webdav";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packAll, publishedPackages, run } from "./pack-and-install.ts";
import { scopedRegistry, type ScopedRegistry } from "./scoped-registry.ts";

const folder = mkdtempSync(join(tmpdir(), "coldstow-installed-"));
const tarballs = join(folder, "tarballs");
const project = join(folder, "project");
const example = join(tarballs, "coldstow-example-webdav-backend-0.0.0.tgz");
const packages = publishedPackages(tarballs);

let registry: ScopedRegistry;
let sshd: Sshd;
let webdav: WebdavServer;

/** Only packages of ours come from the test's registry; everything else from where this machine has it. */
function environment(): Readonly<Record<string, string>> {
  return {
    "npm_config_@coldstow:registry": registry.url,
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_prefer_offline: "true",
    XDG_DATA_HOME: join(folder, "data"),
    XDG_CONFIG_HOME: join(folder, "config"),
    XDG_CACHE_HOME: join(folder, "cache"),
    DAV_PASSWORD: webdav.password,
    // As at home: the test runner sets "test", for which oclif looks for sources.
    NODE_ENV: "production",
  };
}

async function coldstow(...args: readonly string[]): Promise<string> {
  return await run(folder, join(project, "node_modules", ".bin", "coldstow"), args, environment());
}

/** Packs what is published, and the example, and installs the command alone with npm. */
async function installCommand(): Promise<void> {
  await packAll(packages, tarballs);
  await packAll([{ manifest: { name: "@coldstow-example/webdav-backend" } }], tarballs);
  const command = packages.find(({ manifest }) => manifest.name === "coldstow");
  const libraries = packages.filter(({ manifest }) => manifest.name.startsWith("@coldstow/"));
  registry = await scopedRegistry(libraries.map(({ tarball }) => tarball));
  mkdirSync(project);
  const dependencies = { coldstow: `file:${command?.tarball ?? ""}` };
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, dependencies }));
  await run(project, "npm", ["install", "--ignore-scripts"], environment());
}

beforeAll(async () => {
  [sshd, webdav] = await Promise.all([startSshd(), startWebdav()]);
  await installCommand();
  mkdirSync(join(folder, "tree", "2019"), { recursive: true });
  writeFileSync(join(folder, "tree", "2019", "sea.txt"), "sea\n".repeat(50_000));
  writeFileSync(join(folder, "tree", "beach.txt"), "sand\n");
  writeFileSync(join(folder, "pass"), "correct horse\n");
  writeFileSync(join(folder, "known_hosts"), `${sshd.knownHostsLine}\n`);
}, 300_000);
afterAll(async () => {
  await Promise.all([sshd?.stop(), webdav?.stop(), registry?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Archives the tree by an ini with this destination, verifies, restores and compares. */
async function archiveAndRestore(name: string, destination: string): Promise<void> {
  const ini = join(folder, `${name}.ini`);
  const archive = join(folder, `${name}.archive`);
  const back = join(folder, `${name}-back`);
  writeFileSync(ini, `[Archive]\ndirectory = tree\nname = ${name}\n${destination}`);
  const pass = ["--password-file", join(folder, "pass"), "--progress", "none"];
  await coldstow("start", ini, "--archive", archive, ...pass);
  await coldstow("verify", archive, "--level", "decrypt", ...pass);
  await coldstow("restore", archive, back, ...pass);
  await run(folder, "diff", ["--recursive", "tree", back]);
}

describe("the installed command", () => {
  test("archives to an SSH server by the backend that comes with it", async () => {
    const { host, port, user, directory } = sshd;
    await archiveAndRestore(
      "by-sftp",
      `[Repository]\ntype = sftp\n[Sftp]\nhost = ${host}\nport = ${port}\nuser = ${user}\n` +
        `dir = ${directory}\nkey_file = ${sshd.privateKeyPath}\nknown_hosts = known_hosts\n`,
    );
    expect(readdirSync(sshd.localDirectory)).toContain("README-RECOVERY.txt");

    const query = `key_file=${sshd.privateKeyPath}&known_hosts=${join(folder, "known_hosts")}`;
    const url = `sftp://${user}@${host}:${port}${directory}?${query}`;
    const pass = ["--password-file", join(folder, "pass"), "--progress", "none"];
    await coldstow(
      "recover",
      url,
      join(folder, "recovered"),
      ...pass,
      "--archive",
      "again.archive",
    );
    await run(folder, "diff", ["--recursive", "tree", "recovered"]);
    const checked = await coldstow("backend", "check", url, "--yes", "--only", "closing");
    expect(checked).toContain("3 scenarios passed");
    expect(readdirSync(sshd.localDirectory).join()).not.toContain("coldstow-check");
  }, 120_000);

  test("takes a third party's backend, and archives with it", async () => {
    const { host, port, user } = webdav;
    const destination = `[Repository]\ntype = webdav\n[Webdav]\nhost = ${host}\nport = ${port}\nuser = ${user}\ntls = no\npassword_env = DAV_PASSWORD\ndir = archive\n`;
    await expect(archiveAndRestore("before", destination)).rejects.toThrow("E_PLUGIN_MISSING");
    await coldstow("plugins", "install", `file://${example}`);
    expect(await coldstow("plugins")).toContain("webdav-backend");
    expect(await coldstow("doctor", "--json")).toContain("@coldstow-example/webdav-backend");
    await archiveAndRestore("by-webdav", destination);
    expect(readdirSync(join(webdav.directory, "archive"))).toContain("README-RECOVERY.txt");
    const url = `webdav://${user}@${host}:${port}/checked?tls=no&password_env=DAV_PASSWORD`;
    expect(await coldstow("backend", "check", url, "--yes", "--only", "round-trips")).toContain(
      "scenarios passed",
    );
  }, 180_000);
});
