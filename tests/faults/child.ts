/**
 * What the fault tests start and kill: one run of an archive through the library.
 * `node child.ts FOLDER start|resume [STEP before|after]`, `node child.ts FOLDER restore DEST`,
 * `node child.ts FOLDER create`, `node child.ts FOLDER hold`.
 * It prints `working` when the work begins, and `ended N` with the number of steps when it is done.
 */
import { writeSync } from "node:fs";
import { backUpOnce, newArchive, placeAt, restoreOnce, withArchive } from "./session.ts";
import { stoppingWrappers, type StopAt } from "./stop-points.ts";

function say(line: string): void {
  // A pipe that is written later would be lost with the process.
  writeSync(1, `${line}\n`);
}

async function main(
  folder: string,
  what: string,
  third: string | undefined,
  fourth: string | undefined,
): Promise<void> {
  const place = placeAt(folder);
  if (what === "create") {
    say("working");
    await newArchive(place, true);
    say("ended 0");
    return;
  }
  if (what === "hold") {
    await withArchive(place, async () => {
      say("working");
      setInterval(() => undefined, 1000);
      await new Promise(() => undefined);
    });
  } else if (what === "restore") {
    say("working");
    const result = await restoreOnce(place, third ?? "");
    say(`ended ${result.failed + result.skipped}`);
  } else {
    const stop: StopAt | undefined =
      third === undefined
        ? undefined
        : { step: Number(third), when: fourth === "after" ? "after" : "before" };
    const wrappers = stoppingWrappers(stop);
    say("working");
    await backUpOnce(place, what === "start" ? "start" : "resume", wrappers);
    say(`ended ${wrappers.steps()}`);
  }
}

const [folder = "", what = "", third, fourth] = process.argv.slice(2);
await main(folder, what, third, fourth);
