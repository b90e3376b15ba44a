import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  installTarballs,
  packAll,
  publishedPackages,
  run,
  type PublishedManifest,
} from "./pack-and-install.ts";

const folder = mkdtempSync(join(tmpdir(), "coldstow-packed-"));
const tarballs = join(folder, "tarballs");
const project = join(folder, "project");
const packages = publishedPackages(tarballs);

beforeAll(async () => {
  await packAll(packages, tarballs);
  await installTarballs(packages, project);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The names that a module exports, as a program in the project sees them. */
async function installedExports(specifier: string): Promise<string[]> {
  const program = `console.log(JSON.stringify(Object.keys(await import("${specifier}")).sort()))`;
  const args = ["--input-type=module", "--eval", program];
  return JSON.parse(await run(project, process.execPath, args)) as string[];
}

describe.each(packages)("the tarball of $manifest.name", ({ manifest, tarball }) => {
  test("holds what is built, README and licence, and no test", async () => {
    const members = (await run(folder, "tar", ["-tzf", tarball])).trim().split("\n");
    expect(members).toEqual(expect.arrayContaining(["package/README.md", "package/LICENSE"]));
    expect(members.some((name) => name.startsWith("package/dist/"))).toBe(true);
    expect(members.filter((name) => /\.test\.|\.tsbuildinfo$/.test(name))).toEqual([]);
  });

  test("asks for its neighbours by version", async () => {
    const text = await run(folder, "tar", ["-xzOf", tarball, "package/package.json"]);
    expect((JSON.parse(text) as PublishedManifest).version).toBe(manifest.version);
    expect(text).not.toContain("workspace:");
  });
});

const libraries = packages.flatMap(({ folder: source, manifest: { name, exports } }) =>
  Object.entries(exports ?? {}).map(([subpath, { default: file }]) => ({
    specifier: name + subpath.slice(1),
    file: join(source, file),
  })),
);

test.each(libraries)("$specifier exports, once installed, what it does here", async (library) => {
  const here = (await import(pathToFileURL(library.file).href)) as object;
  const installed = await installedExports(library.specifier);
  expect(installed).not.toEqual([]);
  expect(installed).toEqual(Object.keys(here).toSorted());
});

test("the installed command tells its version", async () => {
  const printed = await run(project, join(project, "node_modules", ".bin", "coldstow"), [
    "--version",
  ]);
  const version = packages.find(({ manifest }) => manifest.name === "coldstow")?.manifest.version;
  expect(printed).toContain(`coldstow/${version}`);
});
