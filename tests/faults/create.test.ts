import { existsSync, mkdirSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { killAtRandomInstants } from "../tools/run-kill.ts";
import { inTemporaryFolder } from "../tools/temporary-folder.ts";
import { checkCommitted } from "./check-archive.ts";
import { childScript } from "./kill-rounds.ts";
import { newArchive, placeAt } from "./session.ts";

test("an archive whose making is killed is there whole or not at all", async () => {
  await inTemporaryFolder(async (folder) => {
    const place = placeAt(folder);
    mkdirSync(place.source);
    await killAtRandomInstants({
      command: process.execPath,
      args: [childScript, folder, "create"],
      times: 6,
      seed: 11,
      minMs: 150,
      maxMs: 1200,
      onAfter: async () => {
        if (!existsSync(place.archive)) await newArchive(place, true);
        expect((await checkCommitted(place)).problems).toEqual([]);
        rmSync(place.work, { recursive: true });
      },
    });
  });
});
