import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

import { bytesSource, objectKey, silent } from "@coldstow/contracts";
import { afterEach, beforeEach, expect, test } from "vitest";

import { parseSettings, plugin } from "./index.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "coldstow-plugin-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function context(): { progress: typeof silent; stateDirectory: string } {
  return { progress: silent, stateDirectory: join(folder, "state") };
}

test("opening a destination that is not there yet makes nothing; the first put does", async () => {
  const backend = await plugin.open({ dir: join(folder, "a", "b") }, context());
  expect(await readdir(folder)).toEqual([]);
  await backend.put(objectKey("x"), bytesSource(new Uint8Array(3)));
  expect(await readdir(join(folder, "a", "b"))).toEqual(["x"]);
});

test("a missing or wrong setting is named", async () => {
  await writeFile(join(folder, "file"), "");
  for (const [settings, subject] of [
    [{}, "dir"],
    [{ dir: "  " }, "dir"],
    [{ dir: "a\0b" }, "dir"],
    [{ dir: join(folder, "file") }, "dir"],
    [{ dir: join(folder, "file", "below") }, "dir"],
    [{ dir: folder, create: "perhaps" }, "create"],
  ] as const) {
    await expect(plugin.open(settings, context())).rejects.toMatchObject({
      code: "E_CONFIG",
      subject,
    });
  }
});

test("with create = no a folder that is missing is asked for", async () => {
  const settings = { dir: join(folder, "usb"), create: "no" };
  await expect(plugin.open(settings, context())).rejects.toMatchObject({ code: "E_MEDIUM_NEEDED" });
});

test("a path in the home folder may be written with a tilde", () => {
  expect(parseSettings({ dir: "~/cold" }).directory).toBe(join(homedir(), "cold"));
  expect(parseSettings({ dir: "~cold" }).directory).toBe(join(process.cwd(), "~cold"));
});

test("the description names the folder without control characters", () => {
  expect(plugin.describe({ dir: "/mnt/a\u001B[2Jb" })).toBe("the folder /mnt/a\\x1b[2Jb");
  expect(plugin.describe({})).toContain("not named");
});

test("the scheme is local, and every setting that is needed is listed", () => {
  expect(plugin.scheme).toBe("local");
  expect(plugin.settings.filter(({ required }) => required).map(({ name }) => name)).toEqual([
    "dir",
  ]);
});
