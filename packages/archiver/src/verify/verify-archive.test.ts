import { randomBytes } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { ColdStore, coldBackend, memoryBackend, MemoryStore } from "@coldstow/backend-testkit";
import { ColdstowError, objectKey, silent, type ProgressEvent } from "@coldstow/contracts";
import { generateIdentity } from "@coldstow/crypto";
import { localBackend, parseSettings } from "@coldstow/local-backend";
import { afterEach, describe, expect, it } from "vitest";
import {
  testArchive,
  type TestArchive,
  type TestArchiveOptions,
} from "../../testing/test-archive.ts";
import type { VerifyOptions, VerifyReport } from "./verification.ts";
import { verifyArchive } from "./verify-archive.ts";

const made: TestArchive[] = [];

afterEach(async () => {
  for (const one of made.splice(0)) await one.close();
});

async function make(options: TestArchiveOptions): Promise<TestArchive> {
  const test = await testArchive(options);
  made.push(test);
  return test;
}

const local = (root: string, name: string): ReturnType<typeof localBackend> =>
  localBackend(parseSettings({ dir: join(root, name) }));

const verify = (test: TestArchive, options: Partial<VerifyOptions>): Promise<VerifyReport> =>
  verifyArchive(test.archive, {
    level: "decrypt",
    keys: [test.key],
    progress: silent,
    jobs: 2,
    ...options,
  });

const clock = (): number => Date.UTC(2030, 0, 1);

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

it("is not kept from reading by what a verification that was killed had fetched", async () => {
  const test = await make({ backends: () => ({ far: memoryBackend() }) });
  const spool = `${test.archive.path}.spool`;
  mkdirSync(spool);
  for (const { id } of await test.packs()) {
    for (let n = 1; n < 20; n += 1) writeFileSync(join(spool, `${n}-verify-${id}`), "half");
  }
  expect(await verify(test, {})).toMatchObject({ uncheckedTotal: 0, findingsTotal: 0 });
});

describe("what verification notes, a run heals", () => {
  it("copies a damaged and a missing pack back from the other destination", async () => {
    const test = await make({ backends: (root) => ({ a: local(root, "a"), b: local(root, "b") }) });
    const [one, two] = await test.packs();
    flip(join(test.root, "a", one?.key ?? ""));
    rmSync(join(test.root, "b", two?.key ?? ""));
    const report = await verify(test, { level: "digest" });
    const findings = report.findings.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    expect(findings.map((found) => [found.key, found.destination, found.problem])).toEqual([
      [one?.key, "local:a", "damaged"],
      [two?.key, "local:b", "missing"],
    ]);
    expect(findings[0]?.hint).toContain("local:b has a good copy");
    expect((await test.run("resume")).healedPacks).toBe(2);
    expect((await verify(test, {})).findings).toEqual([]);
  });

  it("stores again from the source what no destination has, and is content then", async () => {
    const test = await make({ backends: (root) => ({ a: local(root, "a") }) });
    const [first] = await test.packs();
    flip(join(test.root, "a", first?.key ?? ""));
    const report = await verify(test, { level: "digest" });
    expect(report.findings[0]?.hint).toContain("No other good copy is known");
    expect((await test.run("resume")).filesStored).toBe(report.filesAffected);
    const after = await verify(test, {});
    expect(after.findings).toEqual([]);
    expect(after.notes.join(" ")).toContain("1 bad copies are known from before");
  });

  it("takes no damaged copy for good on a weaker look, and a returned one on a fitting look", async () => {
    const test = await make({ backends: (root) => ({ a: local(root, "a") }) });
    const [first] = await test.packs();
    const path = join(test.root, "a", first?.key ?? "");
    const bytes = readFileSync(path);
    flip(path);
    await verify(test, { level: "digest" });
    writeFileSync(path, bytes);
    expect((await verify(test, { level: "size" })).findings.map((one) => one.problem)).toEqual([
      "damaged",
    ]);
    expect((await verify(test, { level: "digest" })).findings).toEqual([]);
    expect((await verify(test, { level: "size" })).findings).toEqual([]);
    const [copy] = await test.archive.catalogue.copiesOfPack(first?.id ?? 0);
    expect([copy?.state, copy?.verifiedLevel]).toEqual(["stored", "digest"]);
  });
});

describe("a member that is not what the catalogue knows", () => {
  for (const compress of ["none", "auto"] as const) {
    it(`is found only by decrypting (compress = ${compress})`, async () => {
      const test = await make({ compress, backends: (root) => ({ a: local(root, "a") }) });
      const formats = (await test.packs()).map((pack) => pack.format);
      expect(formats.includes("tar.zst")).toBe(compress === "auto");
      expect((await verify(test, {})).findings).toEqual([]);
      const { driver } = test.archive.catalogue;
      driver
        .prepare("UPDATE content SET sha256 = ? WHERE size = 800001")
        .run(new Uint8Array(32).fill(7));
      expect((await verify(test, { level: "digest" })).findings).toEqual([]);
      const report = await verify(test, {});
      expect(report.findings.map((one) => one.problem)).toEqual(["damaged"]);
      expect(report.findings[0]?.message).toContain("picture-1.jpg is not the content");
    });
  }

  it("of another archive is named as foreign", async () => {
    const test = await make({ backends: (root) => ({ a: local(root, "a") }) });
    const other = "00000000-0000-4000-8000-000000000000";
    await test.archive.catalogue.setMeta({ archive_id: other });
    const report = await verify(test, {});
    expect(new Set(report.findings.map((one) => one.problem))).toEqual(new Set(["foreign"]));
  });
});

describe("destinations that are no files of this machine", () => {
  it("are fetched and read", async () => {
    const store = new MemoryStore();
    const test = await make({ backends: () => ({ m: memoryBackend({ store }) }) });
    expect((await verify(test, {})).findings).toEqual([]);
    const key = objectKey((await test.packs())[0]?.key ?? "");
    const held = store.objects.get(key);
    const bytes = Buffer.from(held?.bytes ?? []);
    bytes[5000] = (bytes[5000] ?? 0) ^ 1;
    store.objects.set(key, { bytes, modifiedAt: held?.modifiedAt ?? "" });
    const report = await verify(test, { level: "digest" });
    expect(report.findings.map((one) => [one.key, one.problem])).toEqual([[key, "damaged"]]);
  });

  it("with frozen objects are taken at the server's word, and it is said", async () => {
    const store = new ColdStore();
    const test = await make({
      backends: () => ({ c: coldBackend({ store, clock, serverDigest: "sha256" }) }),
    });
    const report = await verify(test, {});
    expect(report.findings).toEqual([]);
    expect(report.copiesNotRead).toBe(report.copies);
    expect(report.notes.join(" ")).toContain("frozen");
    const key = objectKey((await test.packs())[0]?.key ?? "");
    const held = store.objects.get(key);
    const bytes = Buffer.from(held?.bytes ?? []);
    bytes[5000] = (bytes[5000] ?? 0) ^ 1;
    store.objects.set(key, { bytes, modifiedAt: held?.modifiedAt ?? "" });
    const after = await verify(test, { level: "digest" });
    expect(after.findings.map((one) => one.problem)).toEqual(["damaged"]);
  });

  it("that do not answer are told, and nothing is said to be missing", async () => {
    const store = new MemoryStore();
    const test = await make({
      backends: (root) => ({ a: local(root, "a"), m: memoryBackend({ store }) }),
    });
    store.broken = new ColdstowError("E_TEMPORARY", "the server is away");
    const report = await verify(test, { level: "size" });
    expect(report.findings).toEqual([]);
    expect(report.unchecked.map((one) => [one.destination, one.code])).toEqual([
      ["local:m", "E_TEMPORARY"],
    ]);
    const copies = await test.archive.catalogue.copiesOnDestination(2, { state: "missing" });
    expect(copies.rows).toEqual([]);
  });
});

describe("options", () => {
  it("sample chooses the same packs for the same seed, one at least", async () => {
    const test = await make({ backends: (root) => ({ a: local(root, "a") }) });
    const first = await verify(test, { level: "sample", sampleShare: Number.EPSILON });
    expect(first.copiesRead).toBe(1);
    const seed = first.seed ?? "";
    const again = await verify(test, { level: "sample", sampleShare: Number.EPSILON, seed });
    expect([again.seed, again.bytes]).toEqual([first.seed, first.bytes]);
    expect((await verify(test, { level: "sample", sampleShare: 1 })).copiesRead).toBe(first.copies);
  });

  it("maxAgeDays does not read again what was verified as closely since", async () => {
    const test = await make({ backends: (root) => ({ a: local(root, "a") }) });
    await verify(test, { level: "digest" });
    expect((await verify(test, { level: "digest", maxAgeDays: 1 })).copiesRead).toBe(0);
    expect((await verify(test, { level: "decrypt", maxAgeDays: 1 })).copiesRead).toBeGreaterThan(0);
  });

  it("a wrong or missing identity and an unknown destination are refused at once", async () => {
    const test = await make({ backends: (root) => ({ a: local(root, "a") }) });
    await expect(verify(test, { keys: [] })).rejects.toMatchObject({ code: "E_INPUT_NEEDED" });
    const keys = [generateIdentity().secret];
    await expect(verify(test, { keys })).rejects.toMatchObject({ code: "E_WRONG_KEY" });
    await expect(verify(test, { destinations: ["b"] })).rejects.toMatchObject({
      code: "E_NOT_FOUND",
    });
  });

  it("an abort ends it, and progress tells totals and what was done", async () => {
    const test = await make({ backends: (root) => ({ a: local(root, "a") }) });
    const signal = AbortSignal.abort();
    await expect(verify(test, { signal })).rejects.toMatchObject({ code: "E_CANCELLED" });
    const events: ProgressEvent[] = [];
    const report = await verify(test, { progress: (event) => events.push(event) });
    expect(events[0]).toEqual({
      type: "stage",
      stage: "verify",
      totalItems: report.copies,
      totalBytes: report.bytes,
    });
    expect(events.at(-1)).toEqual({
      type: "advance",
      stage: "verify",
      doneBytes: report.bytes,
      doneItems: report.copies,
    });
  });
});

it("finds nothing wrong with slices, sparse files, links, strange names and deletions over several runs", async () => {
  const test = await make({ compress: "auto", backends: (root) => ({ a: local(root, "a") }) });
  const { tree } = test;
  writeFileSync(join(tree, "large.bin"), randomBytes(3_500_000));
  writeFileSync(join(tree, "empty"), "");
  writeFileSync(Buffer.from(`${tree}/raw-\xff\n`, "latin1"), "bytes in its name");
  for (const [name, length] of [
    ["sparse.img", 700_000],
    ["large-sparse.img", 6_000_000],
  ] as const) {
    const file = openSync(join(tree, name), "w");
    writeSync(file, randomBytes(9000), 0, 9000, 100_000);
    ftruncateSync(file, length);
    closeSync(file);
  }
  linkSync(join(tree, "large.bin"), join(tree, "large-again.bin"));
  await test.run("resume");
  expect((await verify(test, {})).findings).toEqual([]);
  renameSync(join(tree, "large-again.bin"), join(tree, "renamed.bin"));
  rmSync(join(tree, "large.bin"));
  rmSync(join(tree, "album", "picture-0.jpg"));
  copyFileSync(join(tree, "sparse.img"), join(tree, "copy.img"));
  writeFileSync(join(tree, "notes.txt"), "other words\n".repeat(9000));
  await test.run("resume");
  const report = await verify(test, {});
  expect(report.findings).toEqual([]);
  expect(report.copiesRead).toBe((await test.packs()).length);
});

it("says what a missing closing pack held, although no file lies in it", async () => {
  const test = await make({ backends: (root) => ({ a: local(root, "a") }) });
  const last = (await test.packs()).at(-1);
  rmSync(join(test.root, "a", last?.key ?? ""));
  const [finding] = (await verify(test, { level: "exists" })).findings;
  expect([finding?.key, finding?.filesAffected]).toEqual([last?.key, 0]);
  expect(finding?.message).toContain("links, folders and deletions of run 1");
});

it("misses the identity, the recovery note and the catalogue's copy beside the packs", async () => {
  const test = await make({ backends: (root) => ({ a: local(root, "a") }) });
  const [copy] = await test.archive.catalogue.catalogueCopies(1);
  rmSync(join(test.root, "a", "README-RECOVERY.txt"));
  flip(join(test.root, "a", copy?.key ?? ""));
  writeFileSync(join(test.root, "a", "identity.age"), "");
  const report = await verify(test, { level: "digest" });
  expect(report.findings.map((one) => [one.key, one.problem])).toEqual([
    ["README-RECOVERY.txt", "missing"],
    ["identity.age", "truncated"],
    [copy?.key, "damaged"],
  ]);
});
