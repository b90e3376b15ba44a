import {
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import {
  extractPyTars,
  localLegacyStore,
  safeTreeWriter,
  type ExtractPyTarsOptions,
  type PyExtraction,
  type PyTarProblem,
} from "@coldstow/archiver";
import { describe, expect, test } from "vitest";
import { inTemporaryFolder } from "../../tools/temporary-folder.ts";
import { generatePyarchiver, type PyarchiverArchive } from "./generate.ts";
import { treeOf } from "./opened.ts";

const password = "s3crét 100%";

interface Extracted {
  result: PyExtraction;
  problems: PyTarProblem[];
  out: string;
}

async function extract(
  dir: string,
  made: PyarchiverArchive,
  options: Partial<ExtractPyTarsOptions> = {},
): Promise<Extracted> {
  const out = `${dir}/guard/below/out`;
  mkdirSync(out, { recursive: true });
  const problems: PyTarProblem[] = [];
  const result = await extractPyTars({
    store: localLegacyStore(made.repository),
    password: undefined,
    roots: [made.root],
    writer: await safeTreeWriter(out, "keep"),
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  return { result, problems, out };
}

function expected(made: PyarchiverArchive): Map<string, Buffer> {
  return new Map([...made.files].map(([path, { content }]) => [path, Buffer.from(content)]));
}

describe.each([undefined, password])("tars with password %s", (word) => {
  const secret = word === undefined ? {} : { password: word };

  test.each([{}, { windows: true }, { memberPrefix: "../Bilder ü" }])(
    "give back every file's last version (%o)",
    async (options) => {
      await inTemporaryFolder(async (dir) => {
        const made = await generatePyarchiver(dir, { ...options, ...secret });
        const { result, problems, out } = await extract(dir, made, secret);
        expect(problems).toEqual([]);
        expect(treeOf(out)).toEqual(expected(made));
        for (const [path, { mtime }] of made.files) {
          const { mtimeNs } = statSync(`${out}/${path}`, { bigint: true });
          expect(Number(mtimeNs) / 1e9).toBeCloseTo(Number(mtime), 5);
        }
        expect([result.wholeTars, result.brokenTars, result.failed]).toEqual([3, 0, 0]);
      });
    },
  );

  test("keep their whole paths where the root is not known", async () => {
    await inTemporaryFolder(async (dir) => {
      const made = await generatePyarchiver(dir, secret);
      const { out } = await extract(dir, made, { ...secret, roots: [] });
      const whole = [...expected(made)].map(([path, content]) => [
        `${made.memberPrefix}/${path}`,
        content,
      ]);
      expect(treeOf(out)).toEqual(new Map(whole as [string, Buffer][]));
    });
  });

  test("hold hostile members of which nothing leaves the destination", async () => {
    await inTemporaryFolder(async (dir) => {
      const made = await generatePyarchiver(dir, { hostile: true, ...secret });
      const { problems, out } = await extract(dir, made, secret);
      const tree = treeOf(out);
      for (const [path, content] of expected(made)) expect(tree.get(path)).toEqual(content);
      const others = [...tree.keys()].filter((path) => !made.files.has(path)).toSorted();
      expect(others).toEqual(["etc/evil", "evil", "to etc/evil", "way out/evil"]);
      expect(
        [...treeOf(`${dir}/guard`).keys()].every((path) => path.startsWith("below/out/")),
      ).toBe(true);
      const members = problems.map(({ member }) => member ?? "the tar");
      const prefix = made.memberPrefix;
      for (const name of ["passwd", "upward", "device", "fifo", "way out", "to etc"]) {
        expect(members).toContain(`${prefix}/${name}`);
      }
      expect(members).toContain("..");
      expect(members).toContain(`${prefix}/../../../../../../../../evil`);
    });
  });

  test("cut anywhere give what is whole in front of the cut, and say so", async () => {
    await inTemporaryFolder(async (dir) => {
      const made = await generatePyarchiver(dir, secret);
      const [first = "", second = ""] = made.tars;
      const path = `${made.repository}/${second}`;
      const { size } = statSync(path);
      for (const left of [size - 1, size - 9, Math.floor(size / 2), 60, 24, 3, 0]) {
        truncateSync(path, left);
        const names = [first, second];
        const { result, problems, out } = await extract(dir, made, { ...secret, names });
        expect([result.wholeTars, result.brokenTars]).toEqual([1, 1]);
        expect(problems.length).toBeGreaterThan(0);
        expect(problems.every(({ tar }) => tar === second)).toBe(true);
        const tree = treeOf(out);
        const all = expected(made);
        const wrong = [...tree].filter(
          ([name, content]) => all.get(name)?.equals(content) !== true,
        );
        expect(wrong.map(([name]) => name).filter((name) => name !== "changed.txt")).toEqual([]);
        const hasChanged = tree.get("changed.txt")?.toString();
        expect(hasChanged).toBe(left >= size / 2 ? "second version, longer\n" : "first version\n");
        expect(tree.has("sub/noise.bin")).toBe(left >= size - 9);
        rmSync(`${dir}/guard`, { recursive: true });
      }
    });
  });

  test("with a flipped byte never pass as whole", async () => {
    await inTemporaryFolder(async (dir) => {
      const made = await generatePyarchiver(dir, secret);
      const path = `${made.repository}/${made.tars[1] ?? ""}`;
      const good = readFileSync(path);
      for (let at = word === undefined ? 120 : 144; at < good.length; at += 20_011) {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] ?? 0) ^ 0x10;
        writeFileSync(path, bad);
        const { result, problems } = await extract(dir, made, secret);
        expect([result.wholeTars, result.brokenTars]).toEqual([2, 1]);
        expect(problems.some(({ tar }) => tar === made.tars[1])).toBe(true);
        rmSync(`${dir}/guard`, { recursive: true });
      }
    });
  });
});

test("a wrong password ends with E_WRONG_KEY and writes nothing", async () => {
  await inTemporaryFolder(async (dir) => {
    const made = await generatePyarchiver(dir, { password });
    for (const wrong of ["other", "", "пароль"]) {
      await expect(extract(dir, made, { password: wrong })).rejects.toMatchObject({
        code: "E_WRONG_KEY",
      });
    }
    await expect(extract(dir, made)).rejects.toMatchObject({ code: "E_INPUT_NEEDED" });
    expect(treeOf(`${dir}/guard`).size).toBe(0);
  });
});

test("one tar damaged at its start does not hide the others", async () => {
  await inTemporaryFolder(async (dir) => {
    const made = await generatePyarchiver(dir, { password });
    const path = `${made.repository}/${made.tars[0] ?? ""}`;
    writeFileSync(path, Buffer.alloc(1000, 7));
    const { result, problems, out } = await extract(dir, made, { password });
    expect([result.wholeTars, result.brokenTars]).toEqual([2, 1]);
    expect(problems.map(({ code }) => code)).toEqual(["E_WRONG_KEY"]);
    expect(treeOf(out).has("sub/new.txt")).toBe(true);
  });
});

test("a missing tar is reported and the rest comes back", async () => {
  await inTemporaryFolder(async (dir) => {
    const made = await generatePyarchiver(dir);
    rmSync(`${made.repository}/${made.tars[1] ?? ""}`);
    const { result, problems } = await extract(dir, made, { names: made.tars });
    expect(problems.map(({ code, tar }) => [code, tar])).toEqual([["E_MISSING", made.tars[1]]]);
    expect(result.wholeTars).toBe(2);
  });
});

test("what lies at the destination is kept, and no link there is followed", async () => {
  await inTemporaryFolder(async (dir) => {
    const made = await generatePyarchiver(dir);
    const out = `${dir}/guard/below/out`;
    mkdirSync(out, { recursive: true });
    mkdirSync(`${dir}/outside`);
    writeFileSync(`${out}/changed.txt`, "mine\n");
    symlinkSync(`${dir}/outside`, `${out}/sub`);
    const { result, problems } = await extract(dir, made);
    expect(readFileSync(`${out}/changed.txt`, "utf8")).toBe("mine\n");
    expect(treeOf(`${dir}/outside`).size).toBe(0);
    expect(result.kept).toBe(2);
    expect(problems.every(({ code }) => code === "E_EXISTS")).toBe(true);
    expect(result.failed).toBe(3);
  });
});

test("only what is selected is written", async () => {
  await inTemporaryFolder(async (dir) => {
    const made = await generatePyarchiver(dir);
    const { out } = await extract(dir, made, { select: ({ path }) => path.startsWith("sub/") });
    expect([...treeOf(out).keys()].toSorted()).toEqual([
      "sub/new.txt",
      "sub/noise.bin",
      "sub/zeros.bin",
    ]);
  });
});
