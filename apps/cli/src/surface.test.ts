import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Config } from "@oclif/core/config";
import { describe, expect, it } from "vitest";
import { globalFlags } from "./global-flags.ts";

interface CommandSurface {
  readonly aliases: readonly string[];
  readonly arguments: readonly string[];
  readonly flags: readonly string[];
}

const root = fileURLToPath(new URL("..", import.meta.url));
const frozen = JSON.parse(readFileSync(new URL("surface.json", import.meta.url), "utf8")) as Record<
  string,
  CommandSurface
>;

function flagName(name: string, flag: { char?: string; type: string }): string {
  const short = flag.char === undefined ? "" : `-${flag.char} `;
  return `${short}--${name}${flag.type === "option" ? "=" : ""}`;
}

/** What scripts can rely on, as the built commands have it. */
async function surface(): Promise<Record<string, CommandSurface>> {
  const config = await Config.load({ root, userPlugins: false });
  const own = config.commands.filter(
    (command) => command.pluginName === "coldstow" && !command.hidden && !command.id.includes(" "),
  );
  const found = new Map<string, CommandSurface>();
  for (const command of own) {
    if (command.aliases.includes(command.id)) continue;
    const flags = Object.entries(command.flags).filter(
      ([name]) => !Object.hasOwn(globalFlags, name),
    );
    found.set(command.id.replaceAll(":", " "), {
      aliases: command.aliases.map((alias) => alias.replaceAll(":", " ")),
      arguments: Object.values(command.args).map((argument) =>
        argument.required === true ? argument.name : `[${argument.name}]`,
      ),
      flags: flags.map(([name, flag]) => flagName(name, flag)).toSorted(),
    });
  }
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

describe("the command surface", () => {
  it("is the one in surface.json: a name, flag or alias that scripts use changes only on purpose", async () => {
    expect(await surface()).toEqual(frozen["commands"]);
  });

  it("has the global flags of surface.json", () => {
    const flags = Object.entries(globalFlags).map(([name, flag]) => flagName(name, flag));
    expect(flags.toSorted()).toEqual(frozen["globalFlags"]);
  });

  it("explains every command with a summary and an example", async () => {
    const config = await Config.load({ root, userPlugins: false });
    const own = config.commands.filter(({ pluginName }) => pluginName === "coldstow");
    expect(own.length).toBeGreaterThan(0);
    const bare = own.filter(
      ({ summary, examples }) => summary === undefined || (examples ?? []).length === 0,
    );
    expect(bare.map(({ id }) => id)).toEqual([]);
  });
});
