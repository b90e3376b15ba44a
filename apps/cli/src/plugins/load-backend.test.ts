import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "@coldstow/contracts";
import { afterAll, describe, expect, it } from "vitest";
import { declaredBackends, type PluginSource } from "./declared-backends.ts";
import { backendAccess } from "./backend-access.ts";
import { backendSpecs, loadBackend } from "./load-backend.ts";

const folder = mkdtempSync(join(tmpdir(), "coldstow-plugins-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Installed = PluginSource["plugins"] extends ReadonlyMap<string, infer P> ? P : never;

function plugin(name: string, coldstow: unknown, code = ""): [string, Installed] {
  const root = join(folder, name);
  mkdirSync(root);
  writeFileSync(join(root, "plugin.mjs"), code);
  return [name, { name, root, pjson: { name, coldstow } }];
}

const secret = (): Promise<string> => Promise.reject(new Error("no secret is missing"));

const good = `export const plugin = { scheme: "tape", title: "A tape", settings: [{ name: "drive", description: "d" }],
  describe: () => "a tape", open: async (settings) => ({ opened: settings }) };`;
const declare = (scheme: string, contractVersion = 1): unknown => ({
  contractVersion,
  backends: { [scheme]: { module: "./plugin.mjs", title: `The ${scheme}` } },
});

const source: PluginSource = {
  plugins: new Map([
    plugin("good", declare("tape"), good),
    plugin("second", declare("tape"), "throw new Error('not reached')"),
    plugin("usurper", declare("local"), "throw new Error('not reached')"),
    plugin("old", declare("punch-cards", 0), good),
    plugin("broken", declare("clay"), "throw new Error('cracked')"),
    plugin("liar", declare("stone"), good),
    plugin("nothing", undefined),
    plugin("nonsense", { backends: { wax: 7, oil: { module: 3 } } }),
  ]),
};

describe("the backends of plugins", () => {
  it("are known from package.json alone, the first for each scheme, local being bundled", () => {
    const declared = [...declaredBackends(source).values()];
    expect(declared.map(({ scheme, packageName }) => [scheme, packageName])).toEqual([
      ["local", "@coldstow/local-backend"],
      ["tape", "good"],
      ["punch-cards", "old"],
      ["clay", "broken"],
      ["stone", "liar"],
    ]);
  });

  it("that come with coldstow are not replaced by one that a person added", () => {
    const added = plugin("added", declare("sftp"));
    const shipped = plugin("shipped", declare("sftp"));
    const plugins = new Map([
      [added[0], { ...added[1], type: "user" }],
      [shipped[0], { ...shipped[1], type: "core" }],
    ]);
    expect(declaredBackends({ plugins }).get("sftp")?.packageName).toBe("shipped");
  });

  it("are loaded when their scheme is opened", async () => {
    const access = backendAccess(source, { progress: silent, stateDirectory: folder }, secret);
    expect(await access.open("tape", { drive: "/dev/st0" })).toEqual({
      backend: { opened: { drive: "/dev/st0" } },
      title: "a tape",
    });
  });

  it.each([
    ["sftp", "E_PLUGIN_MISSING", "coldstow plugins install @coldstow/sftp-backend"],
    ["s3", "E_PLUGIN_MISSING", "coldstow plugins install @coldstow/s3-backend"],
    ["gopher", "E_PLUGIN_MISSING", "coldstow plugins install NAME"],
    ["punch-cards", "E_PLUGIN_VERSION", "coldstow plugins install old"],
    ["clay", "E_PLUGIN_MISSING", "coldstow plugins install broken"],
    ["stone", "E_PLUGIN_VERSION", "Install a version of the plugin"],
  ])("%s cannot be used: %s, with what to do", async (scheme, code, hint) => {
    await expect(loadBackend(source, scheme)).rejects.toMatchObject({
      code,
      hint: expect.stringContaining(hint) as string,
    });
  });

  it("tell their settings, and one that cannot be loaded does not stand in the way", async () => {
    const specs = await backendSpecs(source, ["tape", "clay", "gopher"]);
    expect(specs).toEqual({ tape: [{ name: "drive", description: "d" }] });
  });
});
