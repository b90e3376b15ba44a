import { describe, expect, it } from "vitest";
import type { ArchiveSettings } from "./archive-settings.ts";
import { readSettings } from "./read-settings.ts";

const small =
  "[Archive]\ndirectory = /photos\n[Repository]\ntype = local\n[Local]\ndir = /copies\n";
const backends = {
  sftp: [
    { name: "host", description: "The server.", required: true },
    { name: "password", description: "The password.", secret: true },
    { name: "key_file", description: "The private key." },
  ],
};

function settingsOf(text: string): ArchiveSettings {
  return readSettings(text, { source: "a.ini", backends }).settings;
}

function ini(sections: Record<string, string>): string {
  const base: Record<string, string> = {
    Archive: "directory = /photos",
    Repository: "type = local",
    Local: "dir = /copies",
    ...sections,
  };
  return Object.entries(base)
    .map(([section, body]) => `[${section}]\n${body}\n`)
    .join("");
}

describe("the settings of an archive", () => {
  it("have defaults for all but the directory and the destination", () => {
    expect(settingsOf(small)).toEqual({
      id: undefined,
      directories: ["/photos"],
      name: "photos",
      exclude: [],
      excludeGlobs: [],
      ignoreFile: undefined,
      thumbnails: false,
      packSizeBytes: 240 * 1024 * 1024,
      ciphered: true,
      compress: "auto",
      password: undefined,
      destinations: [
        {
          name: "local",
          scheme: "local",
          section: "Local",
          settings: { dir: "/copies" },
          secrets: {},
        },
      ],
      copies: 1,
      kinds: 1,
      spool: undefined,
      spoolSizeBytes: 2048 * 1024 * 1024,
      readBack: true,
      disc: { size: undefined, parity: undefined, label: undefined },
    });
  });

  it("are read from pyArchiver's ini as it is", () => {
    const text = `[Id]
id_ini = 7
version_ini = 1
[Archive]
DIRECTORY: "/data/My Photos"
name = Holidays
exclude = (?i)\\.(tmp|bak)$
[Tar]
size_tar = 512
ciphered = YES
password = 100%% sure, 50% wrong
[Repository]
type = SFTP
[Local]
dir =
[Sftp]
host = nas.example
port = 22
user = me
password = s%%cret
dir = /backup
`;
    const { settings, warnings } = readSettings(text);
    expect(warnings).toEqual([]);
    expect(settings).toMatchObject({
      id: "7",
      directories: ["/data/My Photos"],
      name: "Holidays",
      packSizeBytes: 512 * 1024 * 1024,
      ciphered: true,
      password: { kind: "value", value: "100% sure, 50% wrong" },
      destinations: [
        {
          name: "sftp",
          settings: { host: "nas.example", port: "22", user: "me", dir: "/backup" },
          secrets: { password: { kind: "value", value: "s%cret" } },
        },
      ],
    });
    expect(settings.exclude[0]?.test("a/B.TMP")).toBe(true);
  });

  it("take several directories and several destinations of one kind", () => {
    const settings = settingsOf(
      ini({
        Archive: "name = all\ndirectory =\n  /photos\n  '/films and more'",
        Repository: "type = local, sftp:nas, sftp:friend\ncopies = 2",
        "Sftp nas": "host = nas\nkey_file = /keys/nas\npassword_env = NAS_PASSWORD",
        "Sftp friend": "host = friend\npassword_file = /secrets/friend",
      }),
    );
    expect(settings.directories).toEqual(["/photos", "/films and more"]);
    expect(settings.copies).toBe(2);
    expect(settings.destinations.slice(1)).toEqual([
      {
        name: "sftp:nas",
        scheme: "sftp",
        section: "Sftp nas",
        settings: { host: "nas", key_file: "/keys/nas" },
        secrets: { password: { kind: "env", name: "NAS_PASSWORD" } },
      },
      {
        name: "sftp:friend",
        scheme: "sftp",
        section: "Sftp friend",
        settings: { host: "friend" },
        secrets: { password: { kind: "file", path: "/secrets/friend" } },
      },
    ]);
  });

  it("take where packs wait and how many may, and whether copies are read back", () => {
    const repository = "type = local\nspool = way\nspool_size = 0.5\nread_back = no";
    const text = ini({ Repository: repository, Local: "dir = /copies" });
    const { settings } = readSettings(text, { baseDirectory: "/home" });
    expect(settings).toMatchObject({
      spool: "/home/way",
      spoolSizeBytes: 512 * 1024,
      readBack: false,
    });
  });

  it("take on how many kinds of storage copies must lie, and a price list for any destination", () => {
    const text = ini({
      Repository: "type = local, sftp\nkinds = 2",
      Local: "dir = /copies",
      Sftp: "host = nas\ntariff = mine",
    });
    const declared = { local: [{ name: "dir", description: "" }], sftp: [] };
    const { settings, warnings } = readSettings(text, { backends: declared });
    expect(settings.kinds).toBe(2);
    expect(settings.destinations[1]?.settings["tariff"]).toBe("mine");
    expect(warnings.map(({ message }) => message)).not.toContainEqual(
      expect.stringContaining("tariff"),
    );
  });

  it("make relative paths absolute where they are told to what", () => {
    const text = ini({
      Archive: "directory = photos\nignore_file = .leave-out",
      Tar: "password_file = pass",
      Local: "dir = ../copies",
    });
    const { settings } = readSettings(text, { baseDirectory: "/home/me" });
    expect(settings.directories).toEqual(["/home/me/photos"]);
    expect(settings.ignoreFile).toBe(".leave-out");
    expect(settings.password).toEqual({ kind: "file", path: "/home/me/pass" });
    expect(settings.destinations[0]?.settings).toEqual({ dir: "/home/copies" });
  });

  it.each([
    ["yes", true],
    ["No", false],
    ["TRUE", true],
    ["off", false],
    ["'yes'", true],
  ])("read ciphered = %s as %s", (word, expected) => {
    expect(settingsOf(ini({ Tar: `ciphered = ${word}` })).ciphered).toBe(expected);
  });

  it.each([
    ["0.0625", 65_536],
    ["1", 1_048_576],
    ["5120", 5 * 1024 ** 3],
  ])("read size_tar = %s as %i bytes", (size, bytes) => {
    expect(settingsOf(ini({ Tar: `size_tar = ${size}` })).packSizeBytes).toBe(bytes);
  });

  it.each([
    ["[Repository]\ntype = local\n[Local]\ndir = /x\n", "a.ini: [Archive] directory is missing"],
    [ini({ Archive: "directory =" }), "a.ini:2: [Archive] directory is missing"],
    [ini({ Archive: "directory = /" }), "a.ini:2: [Archive] name is missing"],
    [ini({ Archive: "directory = /p\nname = a/b" }), 'a.ini:3: [Archive] name is "a/b"; allowed'],
    [ini({ Archive: "directory = /p\nname = .." }), 'a.ini:3: [Archive] name is ".."'],
    [
      ini({ Archive: "directory = /p\nexclude = (?x)a" }),
      'a.ini:3: [Archive] exclude is "(?x)a", which cannot be used: the flag (?x) is not supported',
    ],
    [ini({ Archive: "directory = /p\nexclude = [a" }), "a.ini:3: [Archive] exclude"],
    [ini({ Archive: "directory = /p\nthumbnails = maybe" }), "allowed: yes, no"],
    [ini({ Tar: "size_tar = big" }), "allowed: a number of MiB from 0.0625 to 5120"],
    [ini({ Tar: "size_tar = 5121" }), 'is "5121"; allowed'],
    [ini({ Tar: "size_tar = 0" }), 'is "0"; allowed'],
    [ini({ Tar: "compress = gzip" }), "allowed: auto, none, zstd"],
    [ini({ Tar: "password = a\npassword_env = B" }), "[Tar] password is given in two ways"],
    [ini({ Repository: "copies = 1" }), "[Repository] type is missing"],
    [ini({ Repository: "type =" }), "[Repository] type is empty"],
    [ini({ Repository: "type = lo cal" }), '[Repository] type has "lo cal"'],
    [ini({ Repository: "type = local, Local" }), "names local twice"],
    [ini({ Repository: "type = sftp" }), "there is no section [Sftp]"],
    [ini({ Repository: "type = sftp", sftp: "host = x" }), "did you mean sftp?"],
    [ini({ Repository: "type = local\ncopies = 2" }), "a whole number from 1 to 1"],
    [
      ini({ Repository: "type = local, local:nas\nkinds = 2", "Local nas": "dir = /nas" }),
      "[Repository] kinds",
    ],
    [
      ini({ Repository: "type = sftp", Sftp: "password = a\npassword_file = b" }),
      "[Sftp] password is given in two ways",
    ],
  ])("refuse %j, saying where and what is allowed", (text, message) => {
    const read = (): ArchiveSettings => settingsOf(text);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: "E_CONFIG" }));
  });

  it.each([
    [ini({ Archive: "directory = /p\nnmae = x" }), "nmae", "name", 3],
    [ini({ Tar: "size-tar = 5" }), "size-tar", "size_tar", 8],
    [ini({ Repositry: "type = local" }), "[Repositry]", "[Repository]", 7],
    [ini({ Repository: "type = local,sftp", Sftp: "hots = x" }), "hots", "host", 8],
    [ini({ Tar: "zzzzzzzz = 1" }), "zzzzzzzz", undefined, 8],
  ])("warn of what has no effect in %j and name what was meant", (text, what, nearest, line) => {
    const { warnings } = readSettings(text, { source: "a.ini", backends });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ nearest, line, source: "a.ini" });
    expect(warnings[0]?.message).toContain(what);
  });

  it("do not warn of keys of a backend that is not installed", () => {
    const text = ini({ Repository: "type = tape", Tape: "drive = /dev/st0" });
    expect(readSettings(text).warnings).toEqual([]);
  });
});
