import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { resolveDestination } from "./resolve-destination.ts";
import { resolveSecret, type SecretPorts, systemSecrets } from "./resolve-secret.ts";

const folder = mkdtempSync(join(tmpdir(), "coldstow-secret-"));
afterAll(() => rmSync(folder, { recursive: true }));

const ports: SecretPorts = {
  ...systemSecrets,
  env: (name) => ({ SET: "from env", EMPTY: "" })[name],
};

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("a secret", () => {
  it("comes from the value, a file, a command or a variable", async () => {
    const path = file("one", "from file \r\n");
    expect(await resolveSecret({ kind: "value", value: "v" }, "[Tar] password", ports)).toBe("v");
    expect(await resolveSecret({ kind: "file", path }, "[Tar] password", ports)).toBe("from file ");
    expect(await resolveSecret({ kind: "command", command: "echo from command" }, "p", ports)).toBe(
      "from command",
    );
    expect(await resolveSecret({ kind: "env", name: "SET" }, "p", ports)).toBe("from env");
  });

  it.each([
    [{ kind: "file", path: file("two", "a\nb\n") }, "E_CONFIG", "more than one line"],
    [{ kind: "file", path: file("none", "\n") }, "E_CONFIG", "an empty secret"],
    [{ kind: "file", path: join(folder, "absent") }, "E_NOT_FOUND", "reading the secret's file"],
    [{ kind: "command", command: "echo no >&2; exit 3" }, "E_CONFIG", "the command failed: no"],
    [{ kind: "env", name: "UNSET" }, "E_CONFIG", "UNSET is not set"],
    [{ kind: "env", name: "EMPTY" }, "E_CONFIG", "an empty secret"],
  ] as const)("that %j does not give is an error with a reason", async (source, code, reason) => {
    const resolving = resolveSecret(source, "[Tar] password", ports);
    await expect(resolving).rejects.toMatchObject({ code });
    await expect(resolving).rejects.toThrow(reason);
  });

  it("is fetched for each secret setting of a destination", async () => {
    const settings = await resolveDestination(
      {
        name: "sftp",
        scheme: "sftp",
        section: "Sftp",
        settings: { host: "nas" },
        secrets: { password: { kind: "env", name: "SET" } },
      },
      ports,
    );
    expect(settings).toEqual({ host: "nas", password: "from env" });
  });
});
