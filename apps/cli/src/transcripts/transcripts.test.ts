import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Catalogue } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import { generateIdentity, wrapIdentity } from "@coldstow/crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/*
 * A transcript is a text: `$ COMMAND` with what it must give below it, line by line: `1>` on stdout,
 * `2>` on stderr, `?` the exit status where it is not 0. `< FILE` with `|` lines writes a file
 * first. Other lines are kept. `vitest -u` writes down what the commands give now.
 */

const here = fileURLToPath(new URL(".", import.meta.url));
const program = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const pyarchiver = fileURLToPath(
  new URL("../../../../tests/compat/pyarchiver/generate.ts", import.meta.url),
);
const version = (
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  }
).version;

let folder = "";

const sampleIni = `[Archive]
directory = /photos
[Tar]
password_env = SAMPLE_PASSPHRASE
[Repository]
type = local
[Local]
dir = /copies
`;

const sampleRows = `
INSERT INTO run VALUES (1, 'start', 'done', 1700000000000000000, 1700000060000000000, '{}');
INSERT INTO run VALUES (2, 'resume', 'partial', 1710000000000000000, 1710000060000000000, '{}');
INSERT INTO directory (id, parent, name) VALUES (2, 1, CAST('2019' AS BLOB));
INSERT INTO content VALUES (1, zeroblob(32), 1536), (2, x'${"01".repeat(32)}', 5);
INSERT INTO entry (directory, name, kind, size, mtime_ns, ctime_ns, mode, uid, gid, content, target, first_run, end_run) VALUES
  (1, CAST('2019' AS BLOB), 'directory', 0, 1600000000000000000, 0, 493, 0, 0, NULL, NULL, 1, NULL),
  (2, CAST('beach.jpg' AS BLOB), 'file', 1536, 1600000000123456789, 0, 420, 0, 0, 1, NULL, 1, NULL),
  (2, x'6EFF0A', 'file', 5, -1, 0, 420, 0, 0, 2, NULL, 2, NULL),
  (2, CAST('old.txt' AS BLOB), 'file', 5, 1600000000000000000, 0, 420, 0, 0, 2, NULL, 1, 2),
  (1, CAST('latest' AS BLOB), 'symlink', 0, 1600000000000000000, 0, 511, 0, 0, NULL, CAST('2019' AS BLOB), 2, NULL);
INSERT INTO pack (id, run, number, key, format, sealed, state, size, created_ns) VALUES
  (1, 1, 1, 'packs/r000001/p000001-0000000000000000.tar.age', 'tar', 1, 'stored', 4096, 0),
  (2, 2, 1, 'packs/r000002/p000001-0000000000000000.tar.age', 'tar', 1, 'stored', 2048, 0);
INSERT INTO destination (id, name, scheme, settings, added_ns) VALUES (1, 'local', 'local', '{"dir":"/copies"}', 0);
INSERT INTO copy (pack, destination, state, stored_ns) VALUES (1, 1, 'stored', 0), (2, 1, 'damaged', 0);
`;

/** photos.archive: two runs, a deleted file, a name that is not UTF-8, a damaged copy. */
async function makeSampleArchive(): Promise<void> {
  const driver = openNodeDriver(join(folder, "photos.archive"), { create: true });
  const catalogue = await Catalogue.create(driver, {
    archiveId: "sample",
    name: "photos",
    createdNs: 1_700_000_000_000_000_000n,
  });
  const { secret, recipient } = generateIdentity();
  const wrapped = wrapIdentity(secret, "correct horse", { workFactor: 8 });
  await catalogue.setMeta({
    source: "/photos",
    config: sampleIni,
    recipients: recipient,
    identity: wrapped,
  });
  driver.exec(sampleRows);
  await catalogue.close();
}

/** Commands that a transcript may use besides those of every system. */
const ownCommands: Readonly<Record<string, string>> = {
  coldstow: `exec '${process.execPath}' '${program}' "$@"`,
  // A tree with fixed times, in which nothing depends on the machine.
  "make-tree": `mkdir -p "$1/2019" && printf 'sand' > "$1/2019/beach.txt" && printf 'sea' > "$1/2019/sea.txt" &&
cp "$1/2019/sea.txt" "$1/copy.txt" && ln -s 2019 "$1/latest" && find "$1" -exec touch -h -d @1600000000 {} +`,
  "make-pyarchiver": `exec '${process.execPath}' '${pyarchiver}' "$@" > /dev/null`,
  // Holds an archive as a run does, until it is killed; makes the file "held" when it has it.
  "hold-lock": `exec '${process.execPath}' -e '
    const { DatabaseSync } = require("node:sqlite");
    const lock = new DatabaseSync(process.argv[1] + ".lock");
    lock.exec("BEGIN EXCLUSIVE");
    require("node:fs").writeFileSync("held", "");
    setInterval(() => lock.isOpen, 1000);' "$1"`,
  // File permissions bind root, too, once it has no capabilities.
  powerless: `if test "$(id -u)" = 0; then exec setpriv --bounding-set=-all --inh-caps=-all "$@"; else exec "$@"; fi`,
};

function writeCommands(): void {
  for (const [name, script] of Object.entries(ownCommands)) {
    const path = join(folder, ".bin", name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-transcript-"));
  mkdirSync(join(folder, ".bin"));
  writeCommands();
  await makeSampleArchive();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What differs from one run to the next, and what stands for it. */
const volatile: readonly (readonly [pattern: RegExp, stand: string])[] = [
  [
    /^(?:Looking through the files|Planning|Packing|Storing|Storing the catalogue|Verifying|Restoring|Recovering|Deleting|Converting)(?:: [^\n]*)?\.\n/gm,
    "",
  ],
  [/((?:p|r)\d{6})-[0-9a-z]{16}(?=\.)/g, "$1-<random>"],
  [/\bage1[0-9a-z]{58}\b/g, "age1<recipient>"],
  [/\.[0-9a-f]{16}\.partial/g, ".<random>.partial"],
  [/AGE-SECRET-KEY-1[0-9A-Z]{58}/g, "AGE-SECRET-KEY-1<secret>"],
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uuid>"],
  [/20(?:2[5-9]|[3-9]\d)-\d\d-\d\d(?: \d\d:\d\d|T[\d:.]+Z)/g, "<time>"],
  [/\*\*\* in database main \*\*\*[^;]*/g, "<what SQLite found>"],
  [/(Packs: \d+, )\d+(?:\.\d+)? [KM]iB(?=\n\nDestination)/g, "$1<size>"],
  // Packs name owners, so their size depends on who runs this.
  [/(\bpacks?, |of packs, |read whole \()[\d.]+ (?:[KMG]i)?B/g, "$1<size>"],
  [/("packBytes": )\d+/g, "$1<bytes>"],
];

function marked(mark: string, text: string): string[] {
  const shown = volatile
    .reduce((told, [pattern, stand]) => told.replace(pattern, stand), text)
    .replaceAll(folder, "<here>")
    .replaceAll(`coldstow/${version}`, "coldstow/<version>")
    .replaceAll(`${process.platform}-${process.arch} node-${process.version}`, "<platform>");
  return shown === ""
    ? []
    : shown
        .replace(/\n$/, "")
        .split("\n")
        .map((line) => `${mark} ${line}`.trimEnd());
}

function run(command: string): string[] {
  const done = spawnSync("/bin/sh", ["-c", command], {
    cwd: folder,
    input: "",
    encoding: "utf8",
    env: {
      PATH: `${join(folder, ".bin")}:/usr/local/bin:/usr/bin:/bin`,
      HOME: folder,
      TMPDIR: folder,
      TZ: "UTC",
      LANG: "C.UTF-8",
    },
  });
  const status = done.status === 0 ? [] : [`? ${done.status}`];
  return [...marked("1>", done.stdout), ...marked("2>", done.stderr), ...status];
}

/** The transcript with what its commands give now. */
function replay(transcript: string): string {
  const out: string[] = [];
  let file: { readonly name: string; text: string } | undefined;
  for (const line of transcript.split("\n")) {
    if (/^(?:1>|2>|\?)(?: |$)/.test(line)) continue;
    out.push(line);
    if (file !== undefined && line.startsWith("|")) {
      file.text += `${line.replace(/^\| ?/, "")}\n`;
      writeFileSync(join(folder, file.name), file.text);
    } else file = line.startsWith("< ") ? { name: line.slice(2), text: "" } : undefined;
    if (line.startsWith("$ ")) out.push(...run(line.slice(2)));
  }
  return out.join("\n");
}

describe("the command line", () => {
  const names = readdirSync(here).filter((name) => name.endsWith(".txt"));
  it.each(names)("gives what %s says", async (name) => {
    const path = join(here, name);
    await expect(replay(readFileSync(path, "utf8"))).toMatchFileSnapshot(path);
  });
});
