// Writes docs/errors and docs/cli from the code. With --check it writes nothing and fails when they
// are not what the code says.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { errorTable, exitCodes } from "../packages/contracts/src/error-table.ts";
import { commandIndex, commandPage, pageName } from "./docs/command-page.ts";
import { errorPage } from "./docs/error-page.ts";
import { loadCommands } from "./docs/load-commands.ts";
import { formatPage, stalePages, writePages, type Page } from "./docs/page-files.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folders = ["docs/errors"];
const pages: Page[] = [{ path: "docs/errors/README.md", text: errorPage(errorTable, exitCodes) }];

const built = await loadCommands(root);
if (built === undefined) {
  console.error("apps/cli is not built, so docs/cli was left as it is. Build it: pnpm run build");
  process.exitCode = 1;
} else {
  const { bin, commands } = built;
  folders.push("docs/cli");
  pages.push({ path: "docs/cli/README.md", text: commandIndex(bin, commands) });
  for (const command of commands) {
    pages.push({ path: `docs/cli/${pageName(command)}`, text: commandPage(bin, command) });
  }
}

const formatted = pages.map((page) => formatPage(root, page));
if (process.argv.includes("--check")) {
  const stale = stalePages(root, folders, formatted);
  for (const path of stale) console.log(`${path} is not what the code says; run: pnpm run docs`);
  if (stale.length > 0) process.exitCode = 1;
} else {
  writePages(root, folders, formatted);
  console.log(`wrote ${formatted.length} pages`);
}
