import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A generated page: its path from the repository's root, and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** The text as the repository's formatter leaves it. */
export function formatPage(root: string, { path, text }: Page): Page {
  const run = spawnSync("oxfmt", [`--stdin-filepath=${path}`], {
    cwd: root,
    input: text,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (run.status !== 0) throw new Error(`oxfmt did not format ${path}: ${run.stderr}`);
  return { path, text: run.stdout };
}

/** The pages that differ from what is on disk, and files of these folders that no page stands for. */
export function stalePages(
  root: string,
  folders: readonly string[],
  pages: readonly Page[],
): string[] {
  const differing = pages.filter(({ path, text }) => {
    const file = join(root, path);
    return !existsSync(file) || readFileSync(file, "utf8") !== text;
  });
  return [...differing.map(({ path }) => path), ...superfluous(root, folders, pages)];
}

/** Makes the folders hold exactly these pages. */
export function writePages(root: string, folders: readonly string[], pages: readonly Page[]): void {
  for (const path of superfluous(root, folders, pages)) rmSync(join(root, path));
  for (const { path, text } of pages) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function superfluous(root: string, folders: readonly string[], pages: readonly Page[]): string[] {
  const wanted = new Set(pages.map(({ path }) => path));
  return folders
    .flatMap((folder) =>
      globSync("*.md", { cwd: join(root, folder) }).map((name) => `${folder}/${name}`),
    )
    .filter((path) => !wanted.has(path));
}
