import { inspect } from "node:util";

import { isColdstowError } from "@coldstow/contracts";
import { expect, test } from "vitest";

import { isCold, parseSettings } from "./config.ts";
import { settings } from "./settings.ts";

const whole = {
  region: "GRA",
  container: "photos",
  tenant: "3635872342124167",
  user: "ktZeF8Uqluqm",
  password: "p.w=%/ ",
} as const;

test("the least settings name OVH's Keystone, its archive's policy and its gateway", () => {
  const config = parseSettings(whole);
  expect(config).toMatchObject({
    transport: "swift",
    container: "photos",
    prefix: "",
    policy: "PCA",
    create: true,
    password: "p.w=%/ ",
    gateway: { host: "gateways.storage.gra.cloud.ovh.net", port: 22 },
  });
  expect(config.authUrl.href).toBe("https://auth.cloud.ovh.net/v3");
  expect(isCold(config)).toBe(true);
});

test("a folder in the container may follow its name, and stands before the prefix", () => {
  expect(parseSettings({ ...whole, container: "/photos/2024//" })).toMatchObject({
    container: "photos",
    prefix: "2024",
  });
  expect(parseSettings({ ...whole, container: "photos/a", prefix: "/b/c/" }).prefix).toBe("a/b/c");
});

test("the policy none is any container's, and never cold", () => {
  const config = parseSettings({ ...whole, policy: "None" });
  expect(config.policy).toBeUndefined();
  expect(isCold(config)).toBe(false);
  expect(isCold(parseSettings({ ...whole, policy: "PCS" }))).toBe(false);
  expect(isCold(parseSettings({ ...whole, policy: "pca" }))).toBe(true);
});

test("a setting that is missing or wrong is named, and no secret with it", () => {
  const secret = "the-secret-itself";
  for (const [change, subject] of [
    [{ region: "" }, "region"],
    [{ container: " / " }, "container"],
    [{ container: "x".repeat(257) }, "container"],
    [{ container: "a/../b" }, "prefix"],
    [{ prefix: "a\nb" }, "prefix"],
    [{ prefix: "é".repeat(251) }, "prefix"],
    [{ tenant: "" }, "tenant"],
    [{ user: "" }, "user"],
    [{ password: "" }, "password"],
    [{ transport: "ftp" }, "transport"],
    [{ create: "perhaps" }, "create"],
    [{ gateway_port: "0" }, "gateway_port"],
    [{ auth_url: "ftp://x" }, "auth_url"],
    [{ auth_url: `https://me:${secret}@auth.example/v3` }, "auth_url"],
    [{ storage_url: "nowhere" }, "storage_url"],
  ] as const) {
    let error: unknown;
    try {
      parseSettings({ ...whole, ...("password" in change ? {} : { password: secret }), ...change });
    } catch (reason) {
      error = reason;
    }
    expect(isColdstowError(error) && [error.code, error.subject]).toEqual(["E_CONFIG", subject]);
    expect(inspect(error, { showHidden: true })).not.toContain(secret);
  }
});

test("every setting that the parser demands is listed as required, or depends on others", () => {
  const required = settings.filter((setting) => setting.required).map(({ name }) => name);
  expect(required).toEqual(["container", "user", "password"]);
  expect(settings.filter((setting) => setting.secret).map(({ name }) => name)).toEqual([
    "password",
  ]);
});
