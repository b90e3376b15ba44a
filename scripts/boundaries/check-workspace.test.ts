import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkWorkspace } from "./check-workspace.ts";
import { formatViolation } from "./violation.ts";

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "coldstow-boundaries-"));
  write("package.json", JSON.stringify({ name: "root", devDependencies: { vitest: "1" } }));
  library("contracts", {});
  library("catalogue", {});
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(join(root, dirname(file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

/** A package that keeps every rule, with these fields of its package.json changed. */
function library(folder: string, manifest: object): void {
  const kept = {
    name: `@coldstow/${folder}`,
    files: ["dist", "src", "README.md"],
    exports: { ".": "./dist/index.js", "./node": "./dist/node.js" },
  };
  write(`packages/${folder}/package.json`, JSON.stringify({ ...kept, ...manifest }, undefined, 1));
  write(`packages/${folder}/README.md`, "# A package\n");
}

function violations(): string[] {
  return checkWorkspace(root).map(formatViolation);
}

describe("a workspace that keeps every rule", () => {
  test("has no violation", () => {
    library("crypto", {
      dependencies: { "@coldstow/contracts": "1", "@noble/x": "1" },
      devDependencies: { "@coldstow/catalogue": "1", "@types/noble__x": "1" },
    });
    write(
      "packages/crypto/src/a.ts",
      `import "@coldstow/contracts";\nimport "node:fs";\nimport "@noble/x/y";\nimport "./b.ts";`,
    );
    write(
      "packages/crypto/src/a.test.ts",
      `import "vitest";\nimport "@coldstow/catalogue";\nimport "@coldstow/crypto";`,
    );
    expect(violations()).toEqual([]);
  });
});

describe("each rule fires with file, line and reason", () => {
  test("import-table: a package of ours that the table does not allow", () => {
    library("crypto", { dependencies: { "@coldstow/catalogue": "1" } });
    write("packages/crypto/src/a.ts", `\nexport * from "@coldstow/catalogue";`);
    expect(violations()).toEqual([
      "packages/crypto/package.json:13 import-table: @coldstow/crypto may not depend on @coldstow/catalogue",
      "packages/crypto/src/a.ts:2 import-table: @coldstow/crypto may not import @coldstow/catalogue",
    ]);
  });

  test("import-table: anything at all in contracts", () => {
    library("contracts", { dependencies: { tiny: "1" } });
    write("packages/contracts/src/a.ts", `import "tiny";`);
    expect(violations()).toEqual([
      "packages/contracts/package.json:13 import-table: @coldstow/contracts may not depend on tiny",
      "packages/contracts/src/a.ts:1 import-table: @coldstow/contracts may not import tiny",
    ]);
  });

  test("import-table: the command line's framework in a library", () => {
    library("crypto", { dependencies: { "@oclif/core": "1" } });
    write("packages/crypto/src/a.ts", `import "@oclif/core";`);
    expect(violations()).toContain(
      "packages/crypto/src/a.ts:1 import-table: @coldstow/crypto may not import @oclif/core",
    );
  });

  test("import-table: an entry for Node in what runs in a browser", () => {
    write(
      "apps/viewer/package.json",
      JSON.stringify({
        name: "@coldstow/viewer",
        private: true,
        dependencies: { "@coldstow/catalogue": "1" },
      }),
    );
    write(
      "apps/viewer/src/a.ts",
      `import "@coldstow/catalogue";\nimport "@coldstow/catalogue/node";`,
    );
    expect(violations()).toEqual([
      "apps/viewer/src/a.ts:2 import-table: @coldstow/viewer may not import @coldstow/catalogue/node",
    ]);
  });

  test("browser-safe: Node in contracts, with and without its prefix", () => {
    write("packages/contracts/src/a.ts", `import "node:fs";\nimport "fs";`);
    expect(violations()).toEqual([
      "packages/contracts/src/a.ts:1 browser-safe: @coldstow/contracts may not import node:fs",
      "packages/contracts/src/a.ts:2 browser-safe: @coldstow/contracts may not import fs",
    ]);
  });

  test("browser-safe: Node behind the catalogue's main entry, not behind its Node entry", () => {
    write("packages/catalogue/src/index.ts", `export * from "./b.ts";`);
    write("packages/catalogue/src/b.ts", `export * from "./index.ts";\nimport "node:path";`);
    write("packages/catalogue/src/node.ts", `import "node:sqlite";`);
    expect(violations()).toEqual([
      "packages/catalogue/src/b.ts:2 browser-safe: imports node:path, and src/index.ts, which must run in a browser, reaches it",
    ]);
  });

  test("inside-package: a relative import of a neighbour, in tests too", () => {
    write("packages/catalogue/src/a.ts", `import "../../contracts/src/a.ts";`);
    write("packages/catalogue/src/a.test.ts", `import "../../../x.ts";`);
    expect(violations()).toEqual([
      `packages/catalogue/src/a.test.ts:1 inside-package: "../../../x.ts" leaves packages/catalogue; import it by name`,
      `packages/catalogue/src/a.ts:1 inside-package: "../../contracts/src/a.ts" leaves packages/catalogue; import it by name`,
    ]);
  });

  test("inside-package: a published package in a private one, which may share with its like", () => {
    write("tests/package.json", JSON.stringify({ name: "tests", private: true }));
    write("benchmarks/package.json", JSON.stringify({ name: "benchmarks", private: true }));
    write("tests/a.ts", `import "../benchmarks/a.ts";\nimport "../packages/catalogue/src/a.ts";`);
    expect(violations()).toEqual([
      `tests/a.ts:2 inside-package: "../packages/catalogue/src/a.ts" leaves tests; import it by name`,
    ]);
  });

  test("import-table: an example has the contracts and nothing else of ours", () => {
    const name = "@coldstow-example/webdav-backend";
    const dependencies = {
      "@coldstow/contracts": "workspace:^",
      "@coldstow/catalogue": "workspace:^",
    };
    write("examples/webdav/package.json", JSON.stringify({ name, private: true, dependencies }));
    write(
      "examples/webdav/src/a.ts",
      `import "@coldstow/contracts";\nimport "@coldstow/catalogue";`,
    );
    expect(violations()).toContain(
      `examples/webdav/src/a.ts:2 import-table: ${name} may not import @coldstow/catalogue`,
    );
  });

  test("exported: a subpath that fits a pattern, of a package that lies in another", () => {
    const exports = { "./*": "./src/*.ts" };
    write(
      "tests/package.json",
      JSON.stringify({ name: "tests", private: true, devDependencies: { servers: "" } }),
    );
    write(
      "tests/servers/package.json",
      JSON.stringify({ name: "servers", private: true, exports, devDependencies: { ssh2: "1" } }),
    );
    write("tests/servers/src/sshd.ts", `import "ssh2";`);
    write("tests/a.ts", `import "servers/sshd";\nimport "servers";`);
    expect(violations()).toEqual([`tests/a.ts:2 exported: servers does not export "servers"`]);
  });

  test("inside-package: a file beside another package, in what users run only", () => {
    const text = `new URL("..", import.meta.url);\nnew URL("../../x", import.meta.url);`;
    write("packages/catalogue/src/a.ts", text);
    write("packages/catalogue/src/a.test.ts", text);
    expect(violations()).toEqual([
      `packages/catalogue/src/a.ts:2 inside-package: "../../x" leaves packages/catalogue; import it by name`,
    ]);
  });

  test("declared: an import that package.json does not name", () => {
    write("packages/catalogue/src/a.ts", `import "@coldstow/contracts";`);
    write("packages/catalogue/src/a.test.ts", `import "fast-check";`);
    expect(violations()).toEqual([
      "packages/catalogue/src/a.test.ts:1 declared: fast-check is not in packages/catalogue's devDependencies",
      "packages/catalogue/src/a.ts:1 declared: @coldstow/contracts is not in packages/catalogue's dependencies",
    ]);
  });

  test("declared: a development dependency in what users run", () => {
    library("crypto", { devDependencies: { x: "1" } });
    write("packages/crypto/src/a.ts", `import "x";`);
    expect(violations()).toEqual([
      "packages/crypto/src/a.ts:1 declared: x is not in packages/crypto's dependencies",
    ]);
  });

  test("used: a dependency that only tests import, and one that nothing imports", () => {
    library("crypto", { dependencies: { x: "1" }, devDependencies: { y: "1" } });
    write("packages/crypto/src/a.test.ts", `import "x";`);
    expect(violations()).toEqual([
      "packages/crypto/package.json:13 used: x is declared and no source imports it",
      "packages/crypto/package.json:16 used: y is declared and no source imports it",
    ]);
  });

  test("exported: a subpath that the package does not offer", () => {
    library("archiver", { dependencies: { "@coldstow/catalogue": "1" } });
    write(
      "packages/archiver/src/a.ts",
      `import "@coldstow/catalogue";\nimport "@coldstow/catalogue/src/a.ts";`,
    );
    expect(violations()).toEqual([
      `packages/archiver/src/a.ts:2 exported: @coldstow/catalogue does not export "@coldstow/catalogue/src/a.ts"`,
    ]);
  });

  test("computed-import: a module named by a value", () => {
    write("packages/catalogue/src/a.ts", `export const a = (name: string) => import(name);`);
    expect(violations()).toEqual([
      "packages/catalogue/src/a.ts:1 computed-import: names a module by a computed value; only apps/cli may, for its plugins",
    ]);
  });

  test("readme: a published package without one", () => {
    rmSync(join(root, "packages/contracts/README.md"));
    expect(violations()).toEqual([
      "packages/contracts/package.json:2 readme: packages/contracts has no README.md",
    ]);
  });

  test("files-listed: what must be published and is not listed", () => {
    library("contracts", { files: ["README.md"] });
    expect(violations()).toEqual([
      `packages/contracts/package.json:3 files-listed: "files" does not list dist`,
      `packages/contracts/package.json:3 files-listed: "files" does not list src`,
    ]);
  });

  test("unknown-package: a published package that the table does not know", () => {
    library("extra", {});
    expect(violations()).toEqual([
      "packages/extra/package.json:2 unknown-package: @coldstow/extra is not in scripts/boundaries/package-rules.ts",
    ]);
  });
});
