import { symlinkSync } from "node:fs";
import type { Ground } from "./hostile-ground.ts";
import { addDirectory, addFile, expectException, pathOf, run, wishTime } from "./hostile-ground.ts";

const fileModes = [
  0o0000, 0o0200, 0o0111, 0o0400, 0o0444, 0o0600, 0o0640, 0o0755, 0o0777, 0o1644, 0o2755, 0o4755,
  0o6755, 0o7777,
];
const directoryModes = [0o0000, 0o0311, 0o0444, 0o0500, 0o0555, 0o0777, 0o1777, 0o2775, 0o7777];

const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

/** Odd modes of files and directories; what the reader may not open is expected to be reported. */
export function addModes(ground: Ground): void {
  addDirectory(ground, "modes");
  for (const mode of fileModes) {
    const name = `file-${octal(mode)}`;
    const path = addFile(ground, ["modes", name], `mode ${octal(mode)}\n`);
    ground.modes.push({ path, mode });
    if (!ground.readerIsRoot && (mode & 0o400) === 0) {
      expectException(ground, "unreadable", "modes", name);
    }
  }
  for (const mode of directoryModes) {
    const name = `directory-${octal(mode)}`;
    const path = addDirectory(ground, "modes", name);
    addFile(ground, ["modes", name, "inside"], `inside ${octal(mode)}\n`);
    ground.modes.push({ path, mode });
    if (ground.readerIsRoot) continue;
    if ((mode & 0o400) === 0) expectException(ground, "unreadable-directory", "modes", name);
    else if ((mode & 0o100) === 0) expectException(ground, "unreadable", "modes", name, "inside");
  }
  addDirectory(ground, "modes", "read-only tree", "below");
  addFile(ground, ["modes", "read-only tree", "below", "file"], "read-only all the way\n");
  for (const names of [["below", "file"], ["below"], []]) {
    const path = pathOf(ground, "modes", "read-only tree", ...names);
    ground.modes.push({ path, mode: names.length === 2 ? 0o444 : 0o555 });
  }
}

/** A file of another owner that only root can read. */
export function addForeignFile(ground: Ground): void {
  addDirectory(ground, "foreign");
  const path = addFile(ground, ["foreign", "not yours"], "of another owner\n");
  ground.kept.push(path);
  ground.modes.push({ path, mode: 0o000 });
  if (!ground.readerIsRoot) expectException(ground, "unreadable", "foreign", "not yours");
  addFile(ground, ["foreign", "yours"], "beside it\n");
}

/** Times in the form of `touch -d`: to the nanosecond, before 1970, around 2^31 and 2^32, in 2200. */
const times = [
  "@0",
  "@0.000000001",
  "@-0.000000001",
  "@-1",
  "@-12345.123456789",
  "@-2147483648",
  "@1577934245.123456789",
  "@1577934245.100000000",
  "@1577934245.000000009",
  "@1700000000.999999999",
  "@2147483647.5",
  "@2147483648.25",
  "@4294967296.000000001",
  "@7258118400.123456789",
];

/** Special times on files, directories with and without entries, and symlinks. */
export function addTimes(ground: Ground): void {
  addDirectory(ground, "times");
  for (const [at, time] of times.entries()) {
    wishTime(ground, time, addFile(ground, ["times", `file-${at}`], `${time}\n`));
    wishTime(ground, time, addDirectory(ground, "times", `empty-${at}`));
    const directory = addDirectory(ground, "times", `directory-${at}`);
    addFile(ground, ["times", `directory-${at}`, "inside"], "");
    wishTime(ground, time, directory);
    const link = pathOf(ground, "times", `link-${at}`);
    symlinkSync(`file-${(at + 1) % times.length}`, link);
    wishTime(ground, time, link);
  }
}

const socketProgram =
  'require("node:net").createServer().listen("a socket",()=>process.kill(process.pid,"SIGKILL"))';

/** A FIFO and a socket: neither may ever be opened. */
export function addSpecials(ground: Ground): void {
  const cwd = addDirectory(ground, "specials").toString();
  run("mkfifo", ["a fifo"], { cwd });
  // A listener that is killed leaves its socket behind; a short relative path fits in sun_path.
  run("sh", ["-c", `"$0" -e '${socketProgram}' || test -S "a socket"`, process.execPath], { cwd });
  addFile(ground, ["specials", "a file between"], "ordinary\n");
  expectException(ground, "special", "specials", "a fifo");
  expectException(ground, "special", "specials", "a socket");
}
