import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSettings } from "./read-settings.ts";
import { withoutSecrets } from "./without-secrets.ts";

const backends = {
  s3: [
    { name: "bucket", description: "The bucket." },
    { name: "access_key", description: "The key's id.", secret: true },
    { name: "pin", description: "A pin.", secret: true },
  ],
};

describe("the ini that a catalogue keeps", () => {
  it("has no secret in it, and everything else unchanged", () => {
    const text = `; mine
[Archive]
directory = /photos
[Tar]
password = hunter2
# password: hunter3
[Repository]
type = s3
[S3]
bucket = b
access_key =
    hunter4
secret_key_file = /run/secret
PIN = hunter5
endpoint = https://me:hunter6@s3.example/x
`;
    const kept = withoutSecrets(text, { backends });
    expect(kept).not.toContain("hunter");
    expect(kept).toContain("; mine\n[Archive]\ndirectory = /photos\n[Tar]\n; password: kept out");
    expect(kept).toContain("secret_key_file = /run/secret");
    expect(kept).toContain("endpoint = https://me@s3.example/x");
    expect(readSettings(kept, { backends }).settings).toMatchObject({
      password: undefined,
      destinations: [
        {
          settings: { bucket: "b", endpoint: "https://me@s3.example/x" },
          secrets: { secret_key: { kind: "file", path: "/run/secret" } },
        },
      ],
    });
  });

  it("holds no secret of a backend that is not installed, judged by the setting's name", () => {
    const text = "[Tape]\napi_token = hunter2\npassphrase: hunter3\nkey_file = /k\n";
    expect(withoutSecrets(text)).not.toContain("hunter");
    expect(withoutSecrets(text)).toContain("key_file = /k");
  });

  it("loses its secrets at once and nothing more afterwards", () => {
    const secret = fc.string({
      unit: fc.constantFrom("Q", "%", "=", ":", ";", "Z"),
      minLength: 4,
      maxLength: 9,
    });
    const key = fc.constantFrom("password", "PASSWORD", "secret_key", "access_key", "token");
    const comment = fc.constantFrom("", "; ", "#", "  # ");
    fc.assert(
      fc.property(secret, key, comment, fc.boolean(), (value, name, before, continued) => {
        const more = continued && before === "" ? `\n   ${value}` : "";
        const text = `[Sftp]\nhost = nas\n${before}${name} = QZ${value}${more}\nuser = me\n`;
        const once = withoutSecrets(text);
        expect(once).not.toContain(`QZ${value}`);
        expect(once).not.toContain(`   ${value}`);
        expect(once).toContain("host = nas\n");
        expect(once).toContain("user = me\n");
        expect(withoutSecrets(once)).toBe(once);
      }),
    );
  });
});
