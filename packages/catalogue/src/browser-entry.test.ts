import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** Every module that an entry imports, its own files followed. */
function imports(entry: URL, seen = new Map<string, string[]>()): Map<string, string[]> {
  if (seen.has(entry.href)) return seen;
  const source = readFileSync(entry, "utf8");
  const names = [...source.matchAll(/^(?:import|export) [^;"`]*from "([^"]+)";/gm)].map(
    (match) => match[1] ?? "",
  );
  seen.set(entry.href, names);
  for (const name of names) {
    if (name.startsWith(".")) imports(new URL(name, entry), seen);
  }
  return seen;
}

describe.each(["./index.ts", "./sqljs.ts"])("the entry %s", (entry) => {
  it("needs nothing but the contracts, so that it runs in a browser", () => {
    const modules = imports(new URL(entry, import.meta.url));
    const foreign = new Set([...modules.values()].flat().filter((name) => !name.startsWith(".")));
    expect([...foreign]).toEqual(["@coldstow/contracts"]);
  });
});

describe("the entry ./node.ts", () => {
  it("is the one that brings Node's SQLite", () => {
    const modules = imports(new URL("./node.ts", import.meta.url));
    expect([...modules.values()].flat()).toContain("node:sqlite");
  });
});
