import { existsSync, globSync } from "node:fs";
import { createRequire } from "node:module";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { CommandDescription } from "./command-page.ts";

/** The part of oclif's configuration object that is used here. */
interface OclifConfig {
  readonly bin: string;
  readonly commands: readonly (CommandDescription & {
    readonly hidden?: boolean;
    readonly pluginName?: string;
  })[];
}

interface Oclif {
  readonly Config: { load(root: string): Promise<OclifConfig> };
}

/**
 * The commands of the built command line, sorted by name, without those of its plugins.
 *
 * @returns undefined when apps/cli is not built
 * @throws {Error} naming the commands that are built and cannot be loaded; oclif itself only warns
 */
export async function loadCommands(
  root: string,
): Promise<{ bin: string; commands: readonly CommandDescription[] } | undefined> {
  const app = join(root, "apps", "cli");
  if (!existsSync(join(app, "dist", "commands"))) return undefined;
  const require = createRequire(join(app, "package.json"));
  const { Config } = (await import(pathToFileURL(require.resolve("@oclif/core")).href)) as Oclif;
  const { bin, commands } = await Config.load(app);
  const own = commands.filter(({ pluginName }) => pluginName === "coldstow");
  const loaded = new Set(own.map(({ id }) => id));
  const missing = builtCommands(app).filter((id) => !loaded.has(id));
  if (missing.length > 0) throw new Error(`commands that do not load: ${missing.join(", ")}`);
  const shown = own.filter(({ hidden }) => hidden !== true);
  return { bin, commands: shown.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
}

/** The ids that oclif gives to the modules below dist/commands. */
function builtCommands(app: string): string[] {
  return globSync("**/*.js", { cwd: join(app, "dist", "commands") })
    .filter((file) => !file.endsWith(".test.js"))
    .map((file) => file.slice(0, -".js".length).split(sep))
    .map((parts) => (parts.at(-1) === "index" ? parts.slice(0, -1) : parts).join(":"))
    .toSorted();
}
