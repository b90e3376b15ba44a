import { createHmac } from "node:crypto";

import { describe, expect, test } from "vitest";

import { fingerprintOf, hostLabel, knownKeys } from "./known-hosts.ts";

function keyBlob(filling: number): Buffer {
  const type = Buffer.from("ssh-ed25519");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, type, Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, filling)]);
}

const base64 = keyBlob(1).toString("base64");
const label = hostLabel("NAS.example", 2222);

describe("a line of known_hosts", () => {
  test.each([
    [`[nas.example]:2222 ssh-ed25519 ${base64}`, 1],
    [`other,[nas.example]:2222 ssh-ed25519 ${base64} a comment`, 1],
    [`[*.example]:2222 ssh-ed25519 ${base64}`, 1],
    [`[*.example]:2222,![nas.example]:2222 ssh-ed25519 ${base64}`, 0],
    [`nas.example ssh-ed25519 ${base64}`, 0],
    [`# [nas.example]:2222 ssh-ed25519 ${base64}`, 0],
    [`[nas.example]:2222 ssh-rsa ${base64}`, 0],
    [`[nas.example]:2222 ssh-ed25519`, 0],
    [`@unknown [nas.example]:2222 ssh-ed25519 ${base64}`, 0],
  ])("%s names the host %i times", (line, times) => {
    expect(knownKeys(`\n${line}\r\n`, label)).toHaveLength(times);
  });

  test("may hide the host's name in a hash", () => {
    const salt = Buffer.alloc(20, 7);
    const hash = createHmac("sha1", salt).update(label).digest("base64");
    const line = `|1|${salt.toString("base64")}|${hash} ssh-ed25519 ${base64}`;
    expect(knownKeys(line, label)).toHaveLength(1);
    expect(knownKeys(line, hostLabel("nas.example", 22))).toEqual([]);
  });

  test("may carry a marker", () => {
    expect(knownKeys(`@revoked * ssh-ed25519 ${base64}`, label)[0]?.marker).toBe("revoked");
    expect(knownKeys(`@cert-authority * ssh-ed25519 ${base64}`, label)[0]?.marker).toBe(
      "cert-authority",
    );
  });
});

test("a fingerprint is written as ssh-keygen writes it", () => {
  expect(fingerprintOf(keyBlob(1))).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
});
