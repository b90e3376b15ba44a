import { isColdstowError } from "@coldstow/contracts";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeSetting } from "./change-setting.ts";
import { findEntry } from "./ini-document.ts";
import { parseIni } from "./parse-ini.ts";
import { readSettings } from "./read-settings.ts";

const text = `; mine
[Archive]
directory = /photos   
# how it is called
Name: old
exclude =
  a
  b

[Sftp]
host = nas
[Sftp friend]
host = friend
`;

function changedOrRefused(name: string, value: string): string | undefined {
  try {
    return changeSetting(text, name, value);
  } catch (error) {
    if (isColdstowError(error) && error.code === "E_CONFIG") return undefined;
    throw error;
  }
}

describe("changing a setting", () => {
  it.each([
    ["archive.name", "new", "Name = new\n"],
    ["archive_name", "new", "Name = new\n"],
    ["sftp_host", "other", "[Sftp]\nhost = other\n[Sftp friend]\nhost = friend\n"],
    ["sftp:friend.host", "x", "[Sftp]\nhost = nas\n[Sftp friend]\nhost = x\n"],
    ["tar_size_tar", "100", "\n\n[Tar]\nsize_tar = 100\n"],
    ["archive.exclude_glob", "a\nb", "  b\nexclude_glob = a\n    b\n\n[Sftp]"],
    ["archive.exclude", "50%", "exclude = 50%%\n\n[Sftp]"],
  ])("%s to %j leaves the rest as it was", (name, value, expected) => {
    const changed = changeSetting(text, name, value);
    expect(changed).toContain(expected);
    expect(changed).toContain("; mine\n[Archive]\ndirectory = /photos   \n# how it is called\n");
  });

  it.each([
    ["sftp:nas.host", "x", "\n\n[Sftp nas]\nhost = x\n"],
    ["SFTP:Nas.Host", "x", "\n\n[Sftp Nas]\nhost = x\n"],
    ["local:old.disk.dir", "/d", "\n\n[Local old.disk]\ndir = /d\n"],
    ["dav:box.host", "x", "\n\n[Dav box]\nhost = x\n"],
  ])("%s makes the section of a further destination", (name, value, expected) => {
    const backends = { dav: [{ name: "host", description: "The server." }] };
    const changed = changeSetting(text, name, value, { backends });
    expect(changed.endsWith(expected)).toBe(true);
    expect(changed.startsWith(text.trimEnd())).toBe(true);
  });

  it("writes a section as [Repository] type names it", () => {
    const typed = `${text}[Repository]\ntype = sftp, sftp:Nas\n`;
    const once = changeSetting(typed, "sftp:nas.host", "a");
    expect(once).toContain("[Sftp Nas]\nhost = a\n");
    expect(changeSetting(once, "sftp:nas.port", "1")).toContain("[Sftp Nas]\nhost = a\nport = 1\n");
  });

  it("makes the sections that a new [Repository] type lacks, so that it can be read", () => {
    const local = "[Archive]\ndirectory = /a\n[Repository]\ntype = local\n[Local]\ndir = /b\n";
    const changed = changeSetting(local, "Repository.type", "local, sftp:nas");
    expect(changed).toBe(`${local.replace("= local", "= local, sftp:nas")}\n[Sftp nas]\n`);
    const described = changeSetting(changed, "sftp:nas.host", "example.org");
    const { settings, warnings } = readSettings(described);
    expect(warnings).toEqual([]);
    expect(settings.destinations.map(({ name, settings: own }) => [name, own])).toEqual([
      ["local", { dir: "/b" }],
      ["sftp:nas", { host: "example.org" }],
    ]);
  });

  it("makes no section for a kind of destination that nobody knows, nor for a key it lacks", () => {
    expect(() => changeSetting(text, "gopher:hole.host", "x")).toThrow("is not a setting");
    const backends = { sftp: [{ name: "host", description: "The server." }] };
    expect(() => changeSetting(text, "sftp:nas.hots", "x", { backends })).toThrow("sftp:nas.host");
  });

  it("keeps the line ends of the file", () => {
    expect(changeSetting("[Tar]\r\nsize_tar = 1\r\n", "tar.compress", "none")).toBe(
      "[Tar]\r\nsize_tar = 1\r\ncompress = none\r\n",
    );
  });

  it.each([
    ["archive.nmae", "did you mean archive.name?"],
    ["nonsense", "is not a setting"],
    ["tar.", "is not a setting"],
  ])("refuses the unknown name %s", (name, message) => {
    expect(() => changeSetting(text, name, "x")).toThrow(message);
  });

  it.each([" a", "a\n# b", "a\n", "a\rb"])("refuses %j, which an ini cannot hold", (value) => {
    expect(() => changeSetting(text, "archive.name", value)).toThrow("nothing was changed");
  });

  it("reads back what was set, and changes no other setting", () => {
    const value = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.array(fc.string({ maxLength: 6 }), { maxLength: 3 }).map((lines) => lines.join("\n")),
    );
    fc.assert(
      fc.property(
        value,
        fc.constantFrom("archive.name", "tar.compress", "sftp.host"),
        (given, name) => {
          const changed = changedOrRefused(name, given);
          fc.pre(changed !== undefined);
          const document = parseIni(changed);
          const [section = "", key = ""] = name.split(".");
          const title = section.charAt(0).toUpperCase() + section.slice(1);
          expect(findEntry(document, title, key)?.value).toBe(given);
          expect(findEntry(document, "Archive", "directory")?.value).toBe("/photos");
          expect(findEntry(document, "Sftp friend", "host")?.value).toBe("friend");
          expect(findEntry(document, "Archive", "exclude")?.value).toBe("\na\nb");
        },
      ),
    );
  });
});
