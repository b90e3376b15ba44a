import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { placeAt, type Place } from "../faults/session.ts";
import { compareTrees } from "../tools/compare-trees.ts";
import { removeHostileTree } from "../tools/hostile-tree.ts";
import { archiveThreeRuns, type LeftOut } from "./three-runs.ts";

const nobody = "65534";
const isRoot = process.getuid?.() === 0;
const programs = ["age", "tar", "zstd", "find", "xargs", "setpriv", "script"];

interface Archived {
  readonly place: Place;
  readonly leftOut: LeftOut;
}

let folder = "";
let sealed: Archived;
let plain: Archived;

async function archive(name: string, isSealed: boolean): Promise<Archived> {
  run("mkdir", [join(folder, name)]);
  const place = placeAt(join(folder, name));
  return { place, leftOut: await archiveThreeRuns(place, isSealed) };
}

beforeAll(async () => {
  for (const program of programs) {
    const found = spawnSync("sh", ["-c", `command -v ${program}`]);
    if (found.status !== 0) throw new Error(`The program ${program} is missing: install it.`);
  }
  folder = mkdtempSync(join(tmpdir(), "coldstow-stock-"));
  chmodSync(folder, 0o755);
  sealed = await archive("sealed", true);
  plain = await archive("plain", false);
}, 240_000);

afterAll(() => removeHostileTree(folder));

interface Ran {
  readonly status: number | null;
  readonly errors: string;
}

function run(program: string, args: readonly string[], cwd: string = folder, input = ""): Ran {
  const { error, status, stderr, stdout } = spawnSync(program, args, { cwd, input });
  if (error !== undefined) throw error;
  const errors = `${stdout.toString()}${stderr.toString()}`;
  if (status !== 0) throw new Error(`${program} ended with ${String(status)}: ${errors}`);
  return { status, errors };
}

/** A copy of the destination, as a person would bring it to another machine. */
function copyOf({ place }: Archived, name: string): string {
  const copy = join(folder, name);
  run("cp", ["-R", place.destination, copy]);
  return copy;
}

/** What the note says between its dashes. */
function commandsOf(copy: string): string {
  const [, commands, ...rest] = readFileSync(join(copy, "README-RECOVERY.txt"), "utf8").split(
    "--------\n",
  );
  expect(rest).toHaveLength(1);
  return commands ?? "";
}

/** Runs the note's commands with sh in the folder; as nobody if asked. */
function follow(copy: string, key: string, asNobody = false): Ran {
  const script = join(copy, "commands.sh");
  writeFileSync(script, `KEY=${key}\n${commandsOf(copy)}`);
  if (!asNobody) return run("sh", [script], copy);
  run("chown", ["-R", `${nobody}:${nobody}`, copy]);
  const drop = ["--reuid", nobody, "--regid", nobody, "--clear-groups", "--no-new-privs"];
  return run("setpriv", [...drop, "sh", script], copy);
}

function putRecoveryKey({ place }: Archived, copy: string): void {
  copyFileSync(join(place.folder, "identity.txt"), join(copy, "key.txt"));
}

/** Everything that tools may say; the rest is a problem. */
function complaints({ errors }: Ran): string[] {
  const harmless =
    /Ignoring unknown extended header keyword|implausibly old time stamp|s in the future$|^$/u;
  return errors.split("\n").filter((line) => !harmless.test(line));
}

function differences({ place, leftOut }: Archived, copy: string): unknown[] {
  return compareTrees(place.source, join(copy, "restored"), { ignore: leftOut, loose: true });
}

describe("the recovery note, followed to the letter with stock tools", () => {
  test("brings back the tree with the recovery key", () => {
    const copy = copyOf(sealed, "with-recovery-key");
    putRecoveryKey(sealed, copy);
    expect(complaints(follow(copy, "key.txt"))).toEqual([]);
    expect(differences(sealed, copy)).toEqual([]);
  });

  test("brings back the tree with the passphrase, typed on a terminal", () => {
    const copy = copyOf(sealed, "with-passphrase");
    const unlock = "age -d -o key.txt identity.age";
    expect(readFileSync(join(copy, "README-RECOVERY.txt"), "utf8")).toContain(`  ${unlock}\n`);
    run("script", ["-qec", unlock, "/dev/null"], copy, "a passphrase\n");
    expect(complaints(follow(copy, "key.txt"))).toEqual([]);
    expect(differences(sealed, copy)).toEqual([]);
  });

  test("opens packs with identity.age itself where the passphrase is typed for each", () => {
    const copy = copyOf(sealed, "each-pack");
    run(
      "sh",
      ["-c", "rm -r packs/r000002 packs/r000003; ls packs/r000001/* | sed 1d | xargs rm"],
      copy,
    );
    const script = join(copy, "commands.sh");
    writeFileSync(script, `KEY=identity.age\n${commandsOf(copy)}`);
    run("script", ["-qec", "sh commands.sh", "/dev/null"], copy, "a passphrase\n");
    expect(run("sh", ["-c", "find restored -type f | wc -l"], copy).errors.trim()).not.toBe("0");
  });

  test("brings back an archive that is not encrypted", () => {
    const copy = copyOf(plain, "not-encrypted");
    expect(complaints(follow(copy, ""))).toEqual([]);
    expect(differences(plain, copy)).toEqual([]);
  });

  test("brings back the tree for a user who is not root", () => {
    const copy = copyOf(sealed, "as-nobody");
    putRecoveryKey(sealed, copy);
    expect(complaints(follow(copy, "key.txt", isRoot))).toEqual([]);
    expect(differences(sealed, copy)).toEqual([]);
  });

  test("names a damaged pack and goes on with the others", () => {
    const copy = copyOf(sealed, "damaged");
    putRecoveryKey(sealed, copy);
    const pack = run("sh", ["-c", "ls packs/r000001/*.tar.age | head -n 1"], copy).errors.trim();
    const bytes = readFileSync(join(copy, pack));
    bytes.fill(0, 70_000, 71_000);
    writeFileSync(join(copy, pack), bytes);
    const said = complaints(follow(copy, "key.txt"));
    expect(said).toContain(`PROBLEM in ${pack}`);
    expect(said.filter((line) => line.startsWith("PROBLEM"))).toHaveLength(1);
  });
});
