import { describe, expect, it } from "vitest";
import { leadingFlagsLast, wantsJson } from "./arguments.ts";

describe("the arguments", () => {
  it.each([
    [
      ["ls", "a"],
      ["ls", "a"],
    ],
    [
      ["--json", "ls", "a"],
      ["ls", "a", "--json"],
    ],
    [
      ["--jobs", "2", "-q", "ls", "--", "-x"],
      ["ls", "--jobs", "2", "-q", "--", "-x"],
    ],
    [
      ["--jobs=2", "ls"],
      ["ls", "--jobs=2"],
    ],
    [["--help"], ["--help"]],
    [
      ["--", "ls"],
      ["--", "ls"],
    ],
    [["--jobs"], ["--jobs"]],
  ])("%j mean %j: global flags may stand before the command", (given, meant) => {
    expect(leadingFlagsLast(given)).toEqual(meant);
  });

  it.each([
    [["ls", "--json"], {}, true],
    [["ls", "--", "--json"], {}, false],
    [["ls"], { COLDSTOW_JSON: "1" }, true],
    [["ls"], { COLDSTOW_JSON: "0" }, false],
  ])("%j with %j ask for JSON: %s", (argv, env, wanted) => {
    expect(wantsJson(argv, env)).toBe(wanted);
  });
});
