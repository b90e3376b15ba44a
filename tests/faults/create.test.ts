import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { killAtRandomInstants } from "../tools/run-kill.ts";
import { inTemporaryFolder } from "../tools/temporary-folder.ts";
import { checkCommitted } from "./check-archive.ts";
import { childScript } from "./kill-rounds.ts";
import { newArchive, placeAt } from "./session.ts";

const isPartial = (name: string): boolean => name.includes(".partial");

test("an archive whose making is killed is there whole or not at all, and leaves nothing behind", async () => {
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
        rmSync(place.archive);
        await newArchive(place, true);
        expect(readdirSync(dirname(place.archive)).filter(isPartial)).toEqual([]);
        rmSync(place.work, { recursive: true });
      },
    });
  });
});
