import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Catalogue } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";

const program = fileURLToPath(new URL("../bin/run.js", import.meta.url));
let folder = "";

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-signal-"));
  const driver = openNodeDriver(join(folder, "a.archive"), { create: true });
  const catalogue = await Catalogue.create(driver, { archiveId: "a", name: "a", createdNs: 0n });
  await catalogue.setMeta({ identity: new Uint8Array([1]) });
  await catalogue.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A command that waits until it is interrupted. */
async function waiting() {
  const child = spawn(
    process.execPath,
    [program, "key", "paper", "a.archive", "--password-command", "touch begun; exec sleep 60"],
    { cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  );
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (told += text));
  while (!existsSync(join(folder, "begun"))) await pause(20);
  return { child, ended: once(child, "close"), told: () => told };
}

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (signal) => {
  it("ends a waiting command with 130, a code and no further work", async () => {
    const { child, ended, told } = await waiting();
    child.kill(signal);
    expect(await ended).toEqual([130, null]);
    expect(told()).toContain("[E_CANCELLED]");
  });

  it("that is passed on twice is one request, which is answered", async () => {
    const { child, ended, told } = await waiting();
    // Of another kind, since the system may deliver two alike as one.
    child.kill(signal);
    child.kill(signal === "SIGINT" ? "SIGTERM" : "SIGINT");
    expect(await ended).toEqual([130, null]);
    expect(told()).toContain("[E_CANCELLED]");
  });
});

async function run(...args: string[]): Promise<{ readonly code: number; readonly told: string }> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let told = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (told += text));
  }
  const [code] = (await once(child, "close")) as [number];
  return { code, told };
}

describe("one interrupt of start", () => {
  it("ends it with 130 and the command that goes on, which then stores everything", async () => {
    mkdirSync(join(folder, "tree"));
    writeFileSync(join(folder, "tree", "large"), randomBytes(1_000_000));
    const type = "[Tar]\nciphered = no\n[Repository]\ntype = local\n[Local]\ndir = copies\n";
    writeFileSync(join(folder, "t.ini"), `[Archive]\ndirectory = tree\nname = t\n${type}`);
    const child = spawn(process.execPath, [program, "start", "t.ini", "--bwlimit", "20k"], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (told += text));
    while (!existsSync(join(folder, "copies", "packs"))) await pause(20);
    const ended = once(child, "close");
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    expect(told).toContain("[E_CANCELLED]");
    expect(told).toContain("coldstow resume t.archive");
    expect(await run("resume", "t.archive")).toMatchObject({ code: 0 });
    const verified = await run("verify", "t.archive");
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.told).toContain("All of them are there and whole");
  });
});
