import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { inTemporaryFolder } from "../tools/temporary-folder.ts";
import { childScript } from "./kill-rounds.ts";
import { smallTree, writeTree } from "./seeded-tree.ts";
import { backUpOnce, newArchive, placeAt } from "./session.ts";

test("a second process is refused with E_LOCKED until the first one is gone, however it went", async () => {
  await inTemporaryFolder(async (folder) => {
    const place = placeAt(folder);
    writeTree(place.source, 5, smallTree);
    await newArchive(place, false);
    const holder = spawn(process.execPath, [childScript, folder, "hold"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await once(holder.stdout, "data");
      await expect(backUpOnce(place, "start")).rejects.toMatchObject({ code: "E_LOCKED" });
    } finally {
      holder.kill("SIGKILL");
      await once(holder, "close");
    }
    expect((await backUpOnce(place, "start")).changed).toBe(true);
  });
});
