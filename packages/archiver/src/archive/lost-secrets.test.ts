import { describe, expect, it } from "vitest";
import { readSettings } from "../settings/read-settings.ts";
import { withoutSecrets } from "../settings/without-secrets.ts";
import { lostSecrets } from "./lost-secrets.ts";

function lostOf(section: string): string[] {
  const ini = `[Archive]\ndirectory = /photos\n[Repository]\ntype = sftp\n[Sftp]\nhost = nas\n${section}`;
  const kept = withoutSecrets(ini);
  const [destination] = readSettings(kept, { backends: {} }).settings.destinations;
  return destination === undefined ? ["no destination"] : lostSecrets(kept, destination);
}

describe("secrets that have to be asked for", () => {
  it("are those that stood in the ini in clear", () => {
    expect(lostOf("password = hunter2\n")).toEqual(["password"]);
  });

  it("are none that the ini says where to find", () => {
    expect(lostOf("password_file = /run/secret\n")).toEqual([]);
  });

  it.each(["; password =\n", "; key_passphrase = hunter2\n", "# password: hunter2\n"])(
    "are none of which only a comment speaks: %j",
    (comment) => {
      expect(lostOf(comment)).toEqual([]);
    },
  );
});
