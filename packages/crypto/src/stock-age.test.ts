import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  generateIdentity,
  openBytes,
  openEnvelope,
  parseIdentities,
  parseIdentity,
  plainSize,
  sealBytes,
  unwrapIdentity,
  wrapIdentity,
} from "./index.ts";

const sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000];
const archive = generateIdentity();
const recovery = generateIdentity();
const packages: Readonly<Record<string, string>> = {
  age: "age",
  "age-keygen": "age",
  script: "bsdutils",
};
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-age-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs an oracle and returns its standard output. */
function run(program: string, args: readonly string[], input?: Uint8Array | string): Buffer {
  const options = { cwd: folder, maxBuffer: 1 << 24, ...(input === undefined ? {} : { input }) };
  const result = spawnSync(program, args, options);
  if (result.error !== undefined && "code" in result.error && result.error.code === "ENOENT")
    throw new Error(
      `The program ${program} is missing: install Debian's package ${packages[program] ?? program}.`,
    );
  expect(result.status, `${program}: ${result.stderr.toString()}`).toBe(0);
  return result.stdout;
}

/** Runs a command line on a terminal of its own, on which the lines are typed. */
function runOnTerminal(command: string, typed: string): void {
  run("script", ["-qec", command, "/dev/null"], typed);
}

function put(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe("stock age opens what coldstow seals", () => {
  test.each(sizes)("%i bytes, with either of two identities", (size) => {
    const plain = randomBytes(size);
    const sealed = sealBytes(plain, [archive.recipient, recovery.recipient]);
    for (const { secret } of [archive, recovery]) {
      const key = put("key.txt", `# a comment\n${secret}\n`);
      expect(run("age", ["-d", "-i", key], sealed).equals(plain)).toBe(true);
    }
  });

  test("a wrapped identity, with its passphrase, on a terminal", () => {
    put("identity.age", wrapIdentity(archive.secret, "pass wörd", { workFactor: 10 }));
    runOnTerminal("age -d -o opened.txt identity.age", "pass wörd\n");
    const text = readFileSync(join(folder, "opened.txt"), "utf8");
    expect(parseIdentities(text)).toEqual([archive.secret]);
    const derived = run("age-keygen", ["-y", "opened.txt"]).toString().trim();
    expect(derived).toBe(archive.recipient);
  });

  test("a pack, with the wrapped identity as it is", () => {
    put("identity.age", wrapIdentity(archive.secret, "correct horse", { workFactor: 10 }));
    put("pack.age", sealBytes(Buffer.from("a pack"), [archive.recipient]));
    runOnTerminal("age -d -i identity.age -o pack.tar pack.age", "correct horse\n");
    expect(readFileSync(join(folder, "pack.tar"), "utf8")).toBe("a pack");
  });
});

describe("coldstow opens what stock age seals", () => {
  test.each(sizes)("%i bytes, binary and armored", (size) => {
    const plain = randomBytes(size);
    const binary = run("age", ["-r", archive.recipient, "-r", recovery.recipient], plain);
    expect(Buffer.from(openBytes(binary, [recovery.secret])).equals(plain)).toBe(true);
    expect(plainSize(binary.length, openEnvelope(binary, [archive.secret]).headerBytes)).toBe(size);
    const armored = run("age", ["-a", "-r", archive.recipient], plain);
    expect(Buffer.from(openBytes(armored, [archive.secret])).equals(plain)).toBe(true);
  });

  test("a file sealed with a passphrase on a terminal", () => {
    put("plain.txt", "by hand");
    runOnTerminal("age -p -o by-hand.age plain.txt", "pâss\npâss\n");
    const file = readFileSync(join(folder, "by-hand.age"));
    expect(Buffer.from(openBytes(file, { passphrase: "pâss" })).toString()).toBe("by hand");
  });

  test("identity files of age-keygen, plain and wrapped by hand", () => {
    const text = run("age-keygen", []).toString();
    const secret = parseIdentity(text);
    expect(text).toContain(`\n${secret}\n`);
    put("made.txt", text);
    runOnTerminal("age -p -a -o made.age made.txt", "word\nword\n");
    expect(unwrapIdentity(readFileSync(join(folder, "made.age")), "word")).toBe(secret);
  });
});
