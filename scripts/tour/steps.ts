import { globSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exitCodes } from "../../packages/contracts/src/error-table.ts";
import { displayPath } from "../../packages/contracts/src/path-name.ts";
import { compareTrees } from "../../tests/tools/compare-trees.ts";
import { coldstow, StepFailed } from "./coldstow-command.ts";
import { bytesInWords, countInWords, paceInWords } from "./figures.ts";
import { missingStockTools, openPack } from "./open-with-age.ts";
import { makePassphrase } from "./passphrase.ts";
import type { Places } from "./places.ts";
import { changeSampleTree, renamedAlbum } from "./sample-tree.ts";
import { surveyTree } from "./survey-tree.ts";

// A folder of one's own may hold files that cannot be read; they are reported and the rest is done.
const mayLeaveOut = { allow: [exitCodes.partial] };

/** Writes the settings: where the files are, and a folder that stands for the disk to put them on. */
export async function writeSettings(root: string, places: Places): Promise<void> {
  const { ini, source, disk, passphraseFile } = places;
  mkdirSync(disk);
  await coldstow(root, ["init", ini, "--directory", source, "--name", "photos", "--to", disk]);
  const passphrase = makePassphrase();
  writeFileSync(passphraseFile, `${passphrase}\n`, { mode: 0o600 });
  say("wrote the settings, with an explanation of each");
  say(`made a passphrase for this tour: ${passphrase}`);
}

/** Makes the archive and puts everything on the destination. */
export async function startArchive(root: string, places: Places, bytes: number): Promise<void> {
  const { ini, archive, passphraseFile, recoveryKey } = places;
  const args = ["start", ini, "--archive", archive];
  args.push("--password-file", passphraseFile, "--recovery-out", recoveryKey);
  const run = await coldstow(root, args, mayLeaveOut);
  if (run.exitCode === exitCodes.partial) console.log(run.output);
  const stored = surveyTree(places.disk);
  say(
    `${bytesInWords(bytes)} became ${countInWords(packsOn(places.disk).length, "encrypted pack")},`,
  );
  say(`${bytesInWords(stored.bytes)} in all (${paceInWords(bytes, run.seconds)})`);
}

/** Changes the sample and lets the archive follow; a renamed folder must not be stored again. */
export async function changeAndResume(root: string, places: Places): Promise<void> {
  changeSampleTree(places.source);
  say("edited one text, renamed a folder of 45 photos, deleted a note");
  const { grownBytes, seconds } = await resume(root, places);
  const grown = `the destination grew by ${bytesInWords(grownBytes)}`;
  const renamed = surveyTree(join(places.source, renamedAlbum)).bytes;
  if (grownBytes > renamed / 2) {
    throw new StepFailed(
      `${grown}: the renamed folder of ${bytesInWords(renamed)} was stored again.`,
    );
  }
  say(`${grown} (${seconds.toFixed(1)} s): the edited text and the new state of the catalogue;`);
  say(`the renamed folder, ${bytesInWords(renamed)}, was not stored again`);
}

/** Runs again over a folder that nobody should have changed. */
export async function resumeUnchanged(root: string, places: Places): Promise<void> {
  const before = packsOn(places.disk).length;
  const { seconds } = await resume(root, places);
  const added = packsOn(places.disk).length - before;
  if (added > 0) {
    say(`something has changed meanwhile: ${countInWords(added, "new pack")}`);
  } else {
    say(`nothing to do, and nothing was stored (${seconds.toFixed(1)} s)`);
  }
}

async function resume(
  root: string,
  places: Places,
): Promise<{ grownBytes: number; seconds: number }> {
  const before = surveyTree(places.disk).bytes;
  const { seconds } = await coldstow(root, ["resume", places.archive], mayLeaveOut);
  return { grownBytes: Math.max(0, surveyTree(places.disk).bytes - before), seconds };
}

/** Reads everything on the destination back and checks it. */
export async function verifyArchive(root: string, places: Places): Promise<void> {
  const args = ["verify", places.archive, "--password-file", places.passphraseFile];
  const run = await coldstow(root, args);
  say(`every object is there, whole, and opens (${run.seconds.toFixed(1)} s)`);
}

/** Restores into a new folder and compares every item with its original. */
export async function restoreAndCompare(
  root: string,
  places: Places,
  bytes: number,
): Promise<void> {
  const { archive, restored, passphraseFile, source } = places;
  const args = ["restore", archive, restored, "--password-file", passphraseFile];
  const run = await coldstow(root, args);
  say(`restored (${paceInWords(bytes, run.seconds)})`);
  const { files, folders, links, bytes: compared, leftOut } = surveyTree(source);
  const differences = compareTrees(source, restored, { ignore: leftOut });
  if (differences.length > 0) {
    const lines = differences
      .slice(0, 20)
      .map(
        ({ path, kind, expected, found }) =>
          `${displayPath(path)}: ${kind}: ${expected} → ${found}`,
      );
    throw new StepFailed(
      `${restored} differs from ${source} in ${countInWords(differences.length, "place")}:\n` +
        `${lines.join("\n")}\nIf the folder was changed while the tour ran, run it again.`,
    );
  }
  const counted = [
    countInWords(files, "file"),
    countInWords(folders, "folder"),
    countInWords(links, "link"),
  ];
  say(`compared ${counted.join(", ")}, ${bytesInWords(compared)}:`);
  say("content, kind, permissions and times are the same, all of them");
  if (leftOut.length > 0) {
    say(`${countInWords(leftOut.length, "item")} left out: unreadable, or pipes and sockets`);
  }
}

/** Opens one pack without coldstow. */
export function openWithStockTools(places: Places): void {
  const packs = packsOn(places.disk);
  // A pack without zstd needs one tool less.
  const pack = packs.find((name) => name.endsWith(".tar.age")) ?? packs[0];
  if (pack === undefined) throw new StepFailed(`there is no pack below ${places.disk}`);
  const missing = missingStockTools(pack);
  if (missing.length > 0) {
    say(
      `left out, because this machine has no ${missing.join(" and no ")} (apt install age tar zstd)`,
    );
    return;
  }
  const members = openPack(pack, places.recoveryKey);
  for (const name of members.slice(0, 3)) say(name);
  say(`… ${countInWords(members.length, "name")} in this pack, read with age and tar alone`);
}

function packsOn(disk: string): string[] {
  return globSync("**/packs/**/*.age", { cwd: disk })
    .toSorted()
    .map((name) => join(disk, name));
}

function say(text: string): void {
  console.log(`   ${text}`);
}
