import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resolveOwnFolder } from "./check-own-folder.ts";
import { quoted } from "./coldstow-command.ts";
import { bytesInWords, countInWords } from "./figures.ts";
import { surveyTree } from "./survey-tree.ts";
import { changeSampleTree, deletedNote, makeSampleTree } from "./sample-tree.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-tour-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the sample", () => {
  test("is the same every time, and some hundred files and megabytes large", () => {
    makeSampleTree(join(folder, "a"));
    makeSampleTree(join(folder, "b"));
    const { files, bytes } = surveyTree(join(folder, "a"));
    expect(files).toBe(305);
    expect(bytes).toBeGreaterThan(8e6);
    const photo = "2021-05 Füssen/IMG_1001.jpg";
    const read = (tree: string): Buffer => readFileSync(join(folder, tree, photo));
    expect(read("a").equals(read("b"))).toBe(true);
  });

  test("can be changed: one file is gone, another is longer", () => {
    makeSampleTree(folder);
    const before = surveyTree(folder);
    changeSampleTree(folder);
    expect(existsSync(join(folder, deletedNote))).toBe(false);
    expect(surveyTree(folder).files).toBe(before.files - 1);
  });
});

describe("surveying a folder", () => {
  test("counts what can be kept and names what cannot", () => {
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "sub", "file"), "content");
    symlinkSync("nowhere", join(folder, "sub", "link"));
    execFileSync("mkfifo", [join(folder, "sub", "pipe")]);
    expect(surveyTree(folder)).toEqual({
      files: 1,
      folders: 1,
      links: 1,
      bytes: 7,
      leftOut: ["sub/pipe"],
    });
  });
});

describe("words for people", () => {
  test.each([
    [999, "999 bytes"],
    [1500, "1.5 kB"],
    [17_300_000, "17.3 MB"],
    [240_000_000, "240 MB"],
  ])("%d bytes read %s", (bytes, words) => expect(bytesInWords(bytes)).toBe(words));

  test("one and many are told apart", () => {
    expect(countInWords(1, "file")).toBe("1 file");
    expect(countInWords(12_000, "file")).toBe("12,000 files");
  });

  test("an argument that a shell would split is quoted", () => {
    expect(["a/b.ini", "it's one"].map(quoted)).toEqual(["a/b.ini", `'it'\\''s one'`]);
  });
});

describe("a folder of one's own", () => {
  test("must exist", () => {
    expect(() => resolveOwnFolder(join(folder, "nowhere"))).toThrow("is not a folder");
  });

  test("must not hold the folder that the tour works in", () => {
    expect(() => resolveOwnFolder(tmpdir())).toThrow("lies inside");
  });
});
