import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withAbsolutePaths } from "./absolute-paths.ts";
import { initTemplate } from "./init-template.ts";
import { knownSections } from "./known-settings.ts";
import { readSettings } from "./read-settings.ts";

const backends = {
  sftp: [
    { name: "host", description: "The server.", required: true },
    { name: "port", description: "Its port.", default: "22" },
    { name: "password", description: "The password.", secret: true },
  ],
};

describe("the ini that init writes", () => {
  it("reads back without a warning, with the defaults", () => {
    const { settings, warnings } = readSettings(initTemplate({ backends }), { backends });
    expect(warnings).toEqual([]);
    expect(settings).toMatchObject({
      name: "files",
      packSizeBytes: 240 * 1024 * 1024,
      ciphered: true,
      compress: "auto",
      thumbnails: false,
      destinations: [{ name: "local", settings: { dir: "/path/to/the/copies" } }],
    });
  });

  it("explains every setting in the line before it", () => {
    const lines = initTemplate({ backends }).split("\n");
    const specs = [...knownSections.flatMap((section) => section.settings), ...backends.sftp];
    for (const spec of specs) {
      const at = lines.indexOf(`; ${spec.description}`);
      expect(at).toBeGreaterThan(0);
      const following = lines.slice(at + 1, at + 3).join("\n");
      expect(following).toMatch(new RegExp(`^(?:; )?${spec.name} =`, "m"));
    }
  });

  it("gives back the directory, the name and the destination it was made for", () => {
    const segment = fc.string({
      unit: fc.constantFrom("a", "é", "%", "=", ";", "#", "[", "-"),
      minLength: 1,
    });
    fc.assert(
      fc.property(segment, segment, segment, (directory, name, dir) => {
        const text = initTemplate({
          directory: `/x/${directory}`,
          name,
          destination: "local:nas",
          destinationSettings: { dir: `/y/${dir}` },
        });
        const { settings, warnings } = readSettings(text);
        expect(warnings).toEqual([]);
        expect(settings.directories).toEqual([`/x/${directory}`]);
        expect(settings.name).toBe(name);
        expect(settings.destinations).toMatchObject([
          { name: "local:nas", section: "Local nas", settings: { dir: `/y/${dir}` } },
        ]);
      }),
    );
  });
});

describe("an ini with absolute paths", () => {
  it("means the same from every directory and keeps its comments", () => {
    const text =
      "[Archive]\n; what\ndirectory =\n  photos\n  '/my films'\nignore_file = .x\n" +
      "[Tar]\npassword_file = ~/p\n[Repository]\ntype = local\n[Local]\ndir = 50%%\n";
    const absolute = withAbsolutePaths(text, "/base");
    expect(absolute).toContain("[Archive]\n; what\ndirectory =\n  /base/photos\n  /my films\n");
    const read = readSettings(absolute).settings;
    expect(read).toEqual(readSettings(text, { baseDirectory: "/base" }).settings);
    expect(read.destinations[0]?.settings).toEqual({ dir: "/base/50%" });
    expect(withAbsolutePaths(absolute, "/elsewhere")).toBe(absolute);
  });
});
