import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { silent } from "@coldstow/contracts";
import { expect, test } from "vitest";

import { parseSettings, plugin } from "./index.ts";
import { profiles } from "./profiles.ts";

const context = { progress: silent, stateDirectory: join(tmpdir(), "never-made") };

test("a missing or wrong setting is named, and no secret with it", async () => {
  for (const [settings, subject] of [
    [{}, "bucket"],
    [{ bucket: "a/b" }, "bucket"],
    [{ bucket: "bucket", prefix: "a/../b" }, "prefix"],
    [{ bucket: "bucket", prefix: "a b" }, "prefix"],
    [{ bucket: "bucket", profile: "azure" }, "profile"],
    [{ bucket: "bucket", endpoint: "ftp://host" }, "endpoint"],
    [{ bucket: "bucket", endpoint: "https://user:pass-word@host" }, "endpoint"],
    [{ bucket: "bucket", secret_key: "pass-word" }, "access_key"],
    [{ bucket: "bucket", access_key: "pass-word" }, "secret_key"],
    [{ bucket: "bucket", session_token: "pass-word" }, "access_key"],
    [{ bucket: "bucket", path_style: "perhaps" }, "path_style"],
    [{ bucket: "bucket", multipart: "perhaps" }, "multipart"],
    [{ bucket: "bucket", profile: "scaleway-glacier", multipart: "yes" }, "multipart"],
    [{ bucket: "bucket", part_size: "4" }, "part_size"],
    [{ bucket: "bucket", connections: "0" }, "connections"],
    [{ bucket: "bucket", checksum: "md4" }, "checksum"],
    [{ bucket: "bucket", stall_timeout: "1e9" }, "stall_timeout"],
    [{ bucket: "bucket", profile: "aws-deep-archive", free_read: "yes" }, "free_read"],
  ] as const) {
    const error: unknown = await plugin.open(settings, context).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "E_CONFIG", subject });
    expect(String(error)).not.toContain("pass-word");
  }
});

test("a profile gives the defaults, and each setting overrides its own", () => {
  const ovh = parseSettings({ bucket: "bucket", profile: "ovh-cold-archive" });
  expect(ovh).toMatchObject({
    endpoint: "https://s3.eu-west-par.io.cloud.ovh.net",
    region: "eu-west-par",
    storageClass: "DEEP_ARCHIVE",
    sendsTier: false,
    archived: true,
    tariff: "ovh-cold-archive",
  });
  const changed = parseSettings({
    bucket: "bucket",
    profile: "ovh-cold-archive",
    endpoint: "s3.example.org",
    region: "here",
    storage_class: "standard",
    send_tier: "yes",
    prefix: "/a/b/",
    tariff: "mine",
  });
  expect(changed).toMatchObject({
    endpoint: "https://s3.example.org",
    region: "here",
    storageClass: "STANDARD",
    sendsTier: true,
    archived: false,
    prefix: "a/b/",
    tariff: "mine",
  });
});

test("an archived class makes the destination cold under every profile", async () => {
  for (const profile of Object.keys(profiles)) {
    for (const [storageClass, cold] of [
      ["DEEP_ARCHIVE", true],
      ["GLACIER", true],
      ["GLACIER_IR", false],
      ["STANDARD_IA", false],
    ] as const) {
      const settings = { bucket: "bucket", profile, storage_class: storageClass };
      const backend = await plugin.open(settings, context);
      expect(backend.cold !== undefined).toBe(cold);
      await backend.close();
    }
  }
});

test("the ETag is taken for an MD5 nowhere at Amazon, where a bucket may encrypt", async () => {
  for (const [endpoint, digest] of [
    ["https://s3.example.org", "md5"],
    ["https://s3.eu-central-1.amazonaws.com", undefined],
    ["", undefined],
  ] as const) {
    const backend = await plugin.open({ bucket: "bucket", endpoint }, context);
    expect(backend.capabilities.serverDigest).toBe(digest);
    await backend.close();
  }
});

test("the description names the service and the place", () => {
  expect(plugin.describe({})).toContain("not named");
  expect(plugin.describe({ bucket: "b", prefix: "/x/", profile: "aws-deep-archive" })).toBe(
    "aws-deep-archive: b/x",
  );
  expect(plugin.describe({ bucket: "b", secret_key: "s3cret" })).toBe("S3: b");
});

test("a URL names bucket and prefix, and the keys are secrets", () => {
  const named = plugin.settings.flatMap(({ name, inUrl }) => (inUrl ? [[inUrl, name]] : []));
  expect(named).toEqual([
    ["host", "bucket"],
    ["path", "prefix"],
  ]);
  const secrets = plugin.settings.filter(({ secret }) => secret).map(({ name }) => name);
  expect(secrets).toEqual(["access_key", "secret_key", "session_token"]);
});

test("loading the plugin does not load the SDK", () => {
  const script = `
    await import(${JSON.stringify(new URL("plugin.ts", import.meta.url).href)});
    const loaded = process.moduleLoadList.filter((name) => name === "NativeModule http2");
    console.log(loaded.length);`;
  const result = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
  expect(result.stdout.toString().trim()).toBe("0");
});
