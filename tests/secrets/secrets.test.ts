import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startWebdav, type WebdavServer } from "@coldstow/test-servers/webdav";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Evidence } from "./evidence.ts";
import { newSecret, type Secret, tracesOf } from "./secret.ts";
import { Session } from "./session.ts";

const example = fileURLToPath(new URL("../../examples/webdav-backend", import.meta.url));

/** Lines of the ini that give a secret, and what else must be there. */
interface Way {
  readonly name: string;
  readonly lines: (key: string, secret: Secret, session: Session) => string;
  readonly env: (passphrase: Secret, password: Secret) => Readonly<Record<string, string>>;
}

function asFile({ from, value }: Secret, session: Session): string {
  const path = session.path(`${from.replaceAll(/\W/g, "-")}.secret`);
  writeFileSync(path, `${value}\n`, { mode: 0o600 });
  return path;
}

const ways: readonly Way[] = [
  {
    name: "the ini",
    lines: (key, { value }) => `${key} = ${value.replaceAll("%", "%%")}`,
    env: () => ({}),
  },
  {
    name: "a file",
    lines: (key, secret, session) => `${key}_file = ${asFile(secret, session)}`,
    env: () => ({}),
  },
  {
    name: "a command",
    lines: (key, secret, session) => `${key}_command = cat '${asFile(secret, session)}'`,
    env: () => ({}),
  },
  {
    name: "the environment",
    lines: (key, { from }) => `${key}_env = ${from.startsWith("pass") ? "THE_PASS" : "THE_WORD"}`,
    env: (passphrase, password) => ({ THE_PASS: passphrase.value, THE_WORD: password.value }),
  },
];

/** Files that a secret is meant to be in. */
function ownFiles(session: Session, more: readonly string[]): ReadonlySet<string> {
  return new Set(more.map((name) => session.path(name)));
}

async function linkExample(session: Session): Promise<void> {
  const linked = await session.coldstow(["plugins", "link", "--no-install", example]);
  expect(linked).toMatchObject({ status: 0 });
}

function makeTree(session: Session): void {
  mkdirSync(session.path("tree"));
  writeFileSync(session.path("tree/beach.txt"), "sand");
}

describe.each(ways)("secrets that $name gives", (way) => {
  const passphrase = newSecret(`passphrase by ${way.name}`);
  const password = newSecret(`server password by ${way.name}`);
  const wrong = newSecret(`wrong password by ${way.name}`);
  let session: Session;
  let server: WebdavServer;

  beforeAll(async () => {
    session = new Session();
    server = await startWebdav({ password: password.value });
    await linkExample(session);
    makeTree(session);
    for (const [name, secret] of [
      ["right", password],
      ["wrong", wrong],
    ] as const) {
      const { host, port, user } = server;
      writeFileSync(
        session.path(`${name}.ini`),
        `[Archive]\ndirectory = tree\nname = ${name}\n[Tar]\n${way.lines("password", passphrase, session)}\n` +
          `[Repository]\ntype = webdav\n[Webdav]\nhost = ${host}\nport = ${port}\nuser = ${user}\ntls = no\n` +
          `${way.lines("password", secret, session)}\n`,
      );
    }
  });
  afterAll(async () => {
    session.end();
    await server.stop();
  });

  test("are in nothing that coldstow prints, writes or sends to be kept", async () => {
    const env = way.env(passphrase, password);
    const failing = { ...way.env(passphrase, wrong), DEBUG: "*" };
    const run = (args: string, more: Readonly<Record<string, string>> = {}) =>
      session.coldstow(args.split(" "), { env: { ...env, ...more } });

    expect(await run("start right.ini -v")).toMatchObject({ status: 0 });
    writeFileSync(session.path("tree/sea.txt"), "sea");
    // What the ini had in clear is kept nowhere, so it is asked for.
    const needsAnswer = way.name === "the ini";
    const onTerminal = needsAnswer
      ? {
          answers: { "password of webdav": password.value, "assphrase of right": passphrase.value },
        }
      : {};
    const asked = (args: string) => session.coldstow(args.split(" "), { env, ...onTerminal });
    expect(await asked("resume right.archive -v")).toMatchObject({ status: 0 });
    expect(await asked("verify right.archive --level decrypt -v")).toMatchObject({ status: 0 });
    expect(await asked("restore right.archive back -v")).toMatchObject({ status: 0 });
    expect(readFileSync(session.path("back/sea.txt"), "utf8")).toBe("sea");
    for (const told of [
      "status right.archive --json",
      "config show right.archive",
      "config show right.ini --json",
      "about right.archive",
      "backend check right.ini --yes --only round-trips --only closing -v",
      "backend check right.ini --yes --only closing --json",
    ]) {
      const { status } = await run(told, { DEBUG: "*" });
      expect([told, status]).toEqual([told, 0]);
    }
    expect((await run("doctor --json", { DEBUG: "*" })).told).toContain("webdav");
    const recovering =
      "recover right.ini recovered --archive again.archive --identity right.recovery-key.txt -v";
    expect(await run(recovering)).toMatchObject({ status: 0 });

    for (const refused of ["start wrong.ini -v", "backend check wrong.ini --yes -v"]) {
      const ended = await session.coldstow(refused.split(" "), { env: failing });
      expect([refused, ended.status]).toEqual([refused, 12]);
      expect(ended.told).toContain("E_AUTH");
    }
    const { host, port } = server;
    const url = `webdav://ann:${encodeURIComponent(wrong.value)}@${host}:${port}/x`;
    // Its own arguments are seen by all: that is why it is refused. They do not count here.
    const elsewhere = new Session();
    await linkExample(elsewhere);
    const refused = await elsewhere.coldstow(["backend", "check", url, "--yes", "-v"]);
    elsewhere.end();
    expect(refused).toMatchObject({ status: 2 });

    const recoveryKey = readFileSync(session.path("right.recovery-key.txt"), "utf8");
    const [key = ""] = /AGE-SECRET-KEY-1[0-9A-Z]+/.exec(recoveryKey) ?? [];
    expect(key).not.toBe("");
    const recovery: Secret = { from: "the recovery key", value: key, traces: tracesOf(key) };
    const inputs = [passphrase, password, wrong].map(
      ({ from }) => `${from.replaceAll(/\W/g, "-")}.secret`,
    );
    const given = ["right.ini", "wrong.ini", ...inputs];
    const { evidence } = session;
    evidence.add("what was printed about a URL", Buffer.from(refused.told));
    evidence.addFolder(session.folder, ownFiles(session, [...given, "right.recovery-key.txt"]));
    evidence.addFolder(server.directory);
    const named = evidence.places.join("\n");
    for (const place of ["what was printed", "the arguments of processes", "right.archive"]) {
      expect(named).toContain(place);
    }
    expect(evidence.hits([passphrase, password, recovery])).toEqual([]);
    const withoutArguments = evidence.hits([wrong]).filter((hit) => !hit.endsWith("of processes"));
    expect(withoutArguments).toEqual([]);
  }, 120_000);
});

describe("a secret that stood in the ini", () => {
  test("is kept nowhere: it is asked for, or said how to give it", async () => {
    const session = new Session();
    const password = newSecret("server password, lost");
    const server = await startWebdav({ password: password.value });
    await linkExample(session);
    makeTree(session);
    const { host, port, user } = server;
    const clear = password.value.replaceAll("%", "%%");
    writeFileSync(
      session.path("lost.ini"),
      `[Archive]\ndirectory = tree\nname = lost\n[Tar]\nciphered = no\n[Repository]\ntype = webdav\n` +
        `[Webdav]\nhost = ${host}\nport = ${port}\nuser = ${user}\ntls = no\npassword = ${clear}\n`,
    );
    expect(await session.coldstow(["start", "lost.ini"])).toMatchObject({ status: 0 });
    const refused = await session.coldstow(["resume", "lost.archive"]);
    expect(refused).toMatchObject({ status: 2 });
    expect(refused.told).toContain("E_INPUT_NEEDED");
    expect(refused.told).toContain("config set lost.archive webdav.password_file FILE");
    const answers = { "password of webdav": password.value };
    const answered = await session.coldstow(["resume", "lost.archive"], { answers });
    expect(answered).toMatchObject({ status: 0 });
    session.evidence.addFolder(session.folder, ownFiles(session, ["lost.ini"]));
    expect(session.evidence.hits([password])).toEqual([]);
    session.end();
    await server.stop();
  }, 120_000);
});

describe("the search for secrets", () => {
  const secret = newSecret("a test");
  const encodings: Readonly<Record<string, (text: string) => string>> = {
    bare: (text) => `x${text}x`,
    json: (text) => JSON.stringify({ password: text }),
    percent: encodeURIComponent,
    hex: (text) => Buffer.from(text).toString("hex"),
    base64: (text) => Buffer.from(text).toString("base64"),
    "base64 behind a user": (text) => Buffer.from(`ann:${text}`).toString("base64"),
    "base64 behind another": (text) => Buffer.from(`anne:${text}`).toString("base64url"),
  };

  test.each(Object.entries(encodings))("finds one that is written as %s", (_, encode) => {
    const evidence = new Evidence();
    evidence.add("here", Buffer.from(encode(secret.value)));
    evidence.add("there", Buffer.from("nothing"));
    expect(evidence.hits([secret, newSecret("another")])).toEqual([
      "the secret from a test is in here",
    ]);
  });
});
