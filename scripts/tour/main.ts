// Shows on real files what coldstow does: on a sample, or on a folder of one's own.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { requireSpaceFor, resolveOwnFolder } from "./check-own-folder.ts";
import { quoted, StepFailed } from "./coldstow-command.ts";
import { bytesInWords, countInWords } from "./figures.ts";
import { placesIn, type Places } from "./places.ts";
import { deletedNote, makeSampleTree } from "./sample-tree.ts";
import {
  changeAndResume,
  openWithStockTools,
  restoreAndCompare,
  resumeUnchanged,
  startArchive,
  verifyArchive,
  writeSettings,
} from "./steps.ts";
import { surveyTree } from "./survey-tree.ts";
import { makeWorkingFolder, removeWorkingFolders } from "./working-folder.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const usage = `npm start               shows what coldstow does, on a sample
npm start -- DIR        does it with a folder of yours, which is only read
npm start -- --clean    removes what earlier tours left`;

let stepNumber = 0;

function heading(text: string): void {
  stepNumber += 1;
  console.log(`\n${stepNumber}. ${text}`);
}

async function tour(ownFolder: string | undefined): Promise<void> {
  if (ownFolder !== undefined) requireSpaceFor(ownFolder);
  const places = placesIn(makeWorkingFolder(), ownFolder);
  console.log(`\nAll that the tour makes lies in ${places.working}`);
  if (ownFolder === undefined) {
    heading("A sample: pretend photographs, texts, duplicates, a link, an empty folder");
    makeSampleTree(places.source);
  } else {
    heading("Your folder, which is only read");
  }
  const { files, bytes } = surveyTree(places.source);
  console.log(`   ${places.source}: ${countInWords(files, "file")}, ${bytesInWords(bytes)}`);
  heading("Say what to keep and where");
  await writeSettings(root, places);
  heading("Put it away for the first time");
  await startArchive(root, places, bytes);
  if (ownFolder === undefined) {
    heading("Change something and run again");
    await changeAndResume(root, places);
  } else {
    heading("Run again; nothing has changed");
    await resumeUnchanged(root, places);
  }
  heading("Prove that the copy is good");
  await verifyArchive(root, places);
  heading("Bring it back into a new folder and compare");
  await restoreAndCompare(root, places, bytes);
  heading("Open a pack without coldstow");
  openWithStockTools(places);
  printEnd(places, ownFolder === undefined);
}

function printEnd(places: Places, isSample: boolean): void {
  const archive = quoted(places.archive);
  const password = `--password-file ${quoted(places.passphraseFile)}`;
  const older = quoted(`${places.working}/as-it-was`);
  const tries = [
    `./coldstow status ${archive}`,
    `./coldstow ls ${archive}`,
    ...(isSample
      ? [`./coldstow restore ${archive} ${older} ${quoted(deletedNote)} --run 1 ${password}`]
      : [`./coldstow find ${archive} '*.jpg'`]),
    `less ${quoted(`${places.disk}/README-RECOVERY.txt`)}`,
  ];
  console.log(`
All of it worked. What lies where, in ${places.working}:
   photos.ini            the settings
   photos.archive        the catalogue: what lies where
   passphrase.txt        the passphrase of this tour
   recovery-key.txt      the second key; on paper, in real life
   disk/                 the destination: encrypted packs, and how to open them without coldstow
   restored/             what came back

Try next:
${tries.map((line) => `   ${line}`).join("\n")}
${isSample ? "The restore brings the deleted note back, as it was in the first run.\n" : ""}
Remove all of it:
   npm start -- --clean`);
}

async function main(args: readonly string[]): Promise<void> {
  const [first, ...others] = args;
  if (first === "--clean" && others.length === 0) {
    const removed = removeWorkingFolders();
    console.log(removed.length === 0 ? "There is nothing to remove." : "Removed:");
    for (const folder of removed) console.log(`   ${folder}`);
    return;
  }
  if (first === "--help" || first === "-h") return console.log(usage);
  if (others.length > 0 || (first ?? "").startsWith("-")) throw new StepFailed(usage);
  await tour(first === undefined ? undefined : resolveOwnFolder(first));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
