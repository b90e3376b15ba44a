import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
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

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (signal) => {
  it("ends a waiting command with 130, a code and no further work", async () => {
    const child = spawn(
      process.execPath,
      [program, "key", "paper", "a.archive", "--password-command", "touch begun; exec sleep 60"],
      { cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
    );
    let told = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (told += text));
    while (!existsSync(join(folder, "begun"))) await pause(20);
    const ended = once(child, "close");
    child.kill(signal);
    expect(await ended).toEqual([130, null]);
    expect(told).toContain("[E_CANCELLED]");
  });
});
