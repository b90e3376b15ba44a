import { describe, expect, test } from "vitest";
import { scanImports } from "./import-scanner.ts";

function specifiers(text: string): (string | undefined)[] {
  return scanImports("a.ts", text).map(({ specifier }) => specifier);
}

describe("the import scanner", () => {
  test.each([
    ["a static import", `import { a } from "x";`],
    ["an import for its effect", `import "x";`],
    ["an import of types", `import type { A } from "x";`],
    ["a dynamic import", `const a = await import("x");`],
    ["a dynamic import by a template without values", "const a = await import(`x`);"],
    ["a re-export of names", `export { a } from "x";`],
    ["a re-export of everything", `export * from "x";`],
    ["a re-export as a namespace", `export * as a from "x";`],
    ["a type written as an import", `export type A = import("x").A;`],
    ["an import assignment", `import a = require("x");`],
    ["require", `const a = require("x");`],
    ["require.resolve", `const a = require.resolve("x");`],
    ["import.meta.resolve", `const a = import.meta.resolve("x");`],
  ])("sees %s", (_, text) => {
    expect(specifiers(text)).toEqual(["x"]);
  });

  test("sees both names of a conditional worker address", () => {
    const text = `new Worker(new URL(built ? "./w.js" : "./w.ts", import.meta.url));`;
    expect(specifiers(text)).toEqual(["./w.js", "./w.ts"]);
  });

  test("sees a file beside the module, as a relative address", () => {
    const text = `new URL("data/x", import.meta.url);\nnew URL("..", import.meta.url);`;
    expect(scanImports("a.ts", text)).toEqual([
      { specifier: "./data/x", kind: "address", line: 1 },
      { specifier: "..", kind: "address", line: 2 },
    ]);
  });

  test("is not misled by comments, strings and other addresses", () => {
    const text = `
      // import "a";
      /* import "b"; */
      const text = 'import "c"';
      const site = new URL("d", "https://example.org");
      const page = new URL("https://example.org/e", import.meta.url);
      export const e = text;
      export default site;`;
    expect(specifiers(text)).toEqual([]);
  });

  test("says that a name is computed", () => {
    expect(specifiers("await import(name);")).toEqual([undefined]);
  });

  test("gives the line on which each import stands, in order", () => {
    const text = `import "a";\n\nconst b = await import("b");\nexport * from "c";\n`;
    expect(scanImports("a.ts", text)).toEqual([
      { specifier: "a", kind: "import", line: 1 },
      { specifier: "b", kind: "import", line: 3 },
      { specifier: "c", kind: "import", line: 4 },
    ]);
  });

  test("refuses what it cannot parse", () => {
    expect(() => scanImports("a.ts", "import {")).toThrow("a.ts cannot be parsed");
  });
});
