import { describe, expect, test } from "vitest";

import { gatewayDialect, openSshDialect, parseSettings } from "./index.ts";

const place = { host: "nas.example", user: "ann", password: "secret", dir: "backup" };

describe("what may be asked of a server", () => {
  test.each([
    ["any server", {}, openSshDialect],
    ["OVH's gateway", { host: "gateways.storage.gra.cloud.ovh.net" }, gatewayDialect],
    ["a gateway's user, as in pyArchiver's ini files", { user: "pca" }, gatewayDialect],
    ["a server said to be a gateway", { dialect: "gateway" }, gatewayDialect],
    ["a server said to be none", { user: "pca", dialect: "openssh" }, openSshDialect],
  ])("is settled for %s", (_name, more, dialect) => {
    expect(parseSettings({ ...place, ...more }).dialect).toBe(dialect);
  });

  test("is refused where it is no dialect", () => {
    expect(() => parseSettings({ ...place, dialect: "klingon" })).toThrow(
      /auto, openssh or gateway/,
    );
  });
});
