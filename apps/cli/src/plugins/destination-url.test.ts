import { homedir } from "node:os";
import { join } from "node:path";
import type { SettingSpec } from "@coldstow/contracts";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { destinationOfUrl, isDestinationUrl, schemeOfUrl } from "./destination-url.ts";

const sftp: readonly SettingSpec[] = [
  { name: "host", description: "", required: true, inUrl: "host" },
  { name: "port", description: "", inUrl: "port" },
  { name: "user", description: "", inUrl: "user" },
  { name: "dir", description: "", inUrl: "path" },
  { name: "key_file", description: "" },
  { name: "password", description: "", secret: true },
  { name: "token", description: "" },
];

describe("a destination's URL", () => {
  it("gives settings by its parts, and the others by its query", () => {
    const url = "SFTP://ann%40home@nas.example:2222/srv/my%20backup?key_file=/k+1";
    expect(destinationOfUrl(url, sftp)).toEqual({
      name: "sftp",
      scheme: "sftp",
      section: "Sftp",
      settings: {
        user: "ann@home",
        host: "nas.example",
        port: "2222",
        dir: "/srv/my backup",
        key_file: "/k+1",
      },
      secrets: {},
    });
  });

  it("may name an IPv6 address, a bucket with capitals, and a file of the home directory", () => {
    expect(destinationOfUrl("sftp://[::1]/x", sftp).settings).toEqual({ host: "::1", dir: "/x" });
    expect(destinationOfUrl("s3://My_Bucket", sftp).settings).toEqual({ host: "My_Bucket" });
    const { settings } = destinationOfUrl("sftp://h?key_file=~/.ssh/id", sftp);
    expect(settings["key_file"]).toBe(join(homedir(), ".ssh/id"));
  });

  it("names a folder that is relative to the login folder by /~/", () => {
    expect(destinationOfUrl("sftp://h/~/backup/a", sftp).settings["dir"]).toBe("backup/a");
    expect(destinationOfUrl("local:///~/a", sftp).settings["dir"]).toBe("/~/a");
  });

  it.each([
    ["password_env=NAS", { kind: "env", name: "NAS" }],
    ["password_file=/run/secret", { kind: "file", path: "/run/secret" }],
    ["password_command=pass%20show%20nas%26co", { kind: "command", command: "pass show nas&co" }],
  ])("says where a secret is: %s", (query, source) => {
    expect(destinationOfUrl(`sftp://h/?${query}`, sftp).secrets).toEqual({ password: source });
  });

  it.each([
    ["sftp://ann:hunter2@nas/x", /password/],
    ["sftp://nas/x?password=hunter2", /password/],
    ["sftp://nas/x?secret_key=hunter2", /secret_key/],
    ["sftp://nas/x?Password=hunter2", /password/],
    ["sftp://nas/x?token=hunter2", /token/],
    ["sftp://ann:hunter2@nas:99999/x", /cannot be read/],
    ["sftp://nas/x?password=hunter2%zz", /%25/],
  ])("with a secret in it is refused, and the secret is not repeated: %s", (url, message) => {
    let thrown: unknown;
    try {
      destinationOfUrl(url, sftp);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: "E_USAGE",
      message: expect.stringMatching(message) as string,
    });
    expect(JSON.stringify(Object.getOwnPropertyDescriptors(thrown))).not.toContain("hunter2");
    expect((thrown as Error).cause).toBeUndefined();
  });

  it.each([
    ["sftp://nas/x?hots=y", "did you mean host?"],
    ["sftp://nas/x?host=other", "gives host twice"],
    ["sftp://nas/x?password_env=A&password_file=b", "gives password twice"],
    ["sftp://nas/x#part", "%23"],
    ["sftp://nas/50%", "%25"],
  ])("that cannot be understood says why: %s", (url, told) => {
    expect(() => destinationOfUrl(url, sftp)).toThrow(told);
  });

  it("takes no part that its backend does not know", () => {
    const local: readonly SettingSpec[] = [{ name: "dir", description: "", inUrl: "path" }];
    expect(destinationOfUrl("file:///a/b", local)).toMatchObject({
      scheme: "local",
      settings: { dir: "/a/b" },
    });
    expect(() => destinationOfUrl("file://server/share", local)).toThrow("takes no host");
    expect(() => destinationOfUrl("local://ann@/x", local)).toThrow("cannot be read");
  });

  it("gives back any path and setting that was escaped", () => {
    const segment = fc
      .string({ minLength: 1, unit: "grapheme" })
      .filter((text) => !/^\.\.?$/.test(text) && text.isWellFormed() && text !== "~");
    fc.assert(
      fc.property(segment, segment, (path, key) => {
        const url = `sftp://h/${encodeURIComponent(path)}?key_file=/${encodeURIComponent(key)}`;
        const { settings } = destinationOfUrl(url, sftp);
        expect(settings).toEqual({ host: "h", dir: `/${path}`, key_file: `/${key}` });
      }),
    );
  });

  it("is told from a path", () => {
    expect(["sftp://h", "s3://b/p", "FILE:///x"].every(isDestinationUrl)).toBe(true);
    expect(["/mnt/x", "a.ini", "c:\\x", "./sftp://x"].some(isDestinationUrl)).toBe(false);
    expect(schemeOfUrl("FILE:///x")).toBe("local");
  });
});
