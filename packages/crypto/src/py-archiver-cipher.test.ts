import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { openPyArchiver } from "./index.ts";

async function* cut(file: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += pieceBytes) yield file.subarray(at, at + pieceBytes);
}

async function open(file: Uint8Array, password: string, pieceBytes = 1000): Promise<Buffer> {
  return buffer(openPyArchiver(cut(file, pieceBytes), password));
}

/** The head and body of a pyArchiver file, enciphered by the openssl program. */
function encipher(plain: Uint8Array, key: string, counter: string, salt: string): Buffer {
  const args = ["enc", "-aes-128-ctr", "-K", key, "-iv", counter];
  const result = spawnSync("openssl", args, { input: plain });
  if (result.error !== undefined)
    throw new Error("The program openssl is missing: install Debian's package openssl.");
  expect(result.status).toBe(0);
  return Buffer.concat([Buffer.from(counter + salt, "hex"), result.stdout]);
}

const vector = Buffer.from(
  "fffffffffffffffffffffffffffffffe000102030405060758ed972efa88679f9a665e3028d077c3" +
    "7867b6691a54c232b9d3211bb3b8e009a8c549cf39ee336d9a52fe1f7112f775",
  "hex",
);
const vectorPlain = "pyArchiver".repeat(5).slice(0, 48);

describe("openPyArchiver", () => {
  test("opens the vector, whose counter wraps modulo 2^128, in pieces of any size", async () => {
    for (const pieceBytes of [1, 7, 16, 24, 100])
      expect((await open(vector, "s3crét", pieceBytes)).toString()).toBe(vectorPlain);
  });

  test("opens what openssl enciphers, also past a wrap of the low 64 bits", async () => {
    const plain = randomBytes(100_001);
    const key = "8bb375f6617e2621e0066e33aaa59a01";
    for (const counter of [
      "0000000000000000ffffffffffffff00",
      "ffffffffffffffffffffffffffffff00",
      randomBytes(16).toString("hex"),
    ]) {
      const file = encipher(plain, key, counter, "0001020304050607");
      expect((await open(file, "s3crét")).equals(plain)).toBe(true);
    }
  });

  test("yields other bytes with a wrong password: the format cannot tell", async () => {
    const got = await open(vector, "s3cret");
    expect(got.length).toBe(48);
    expect(got.toString("latin1")).not.toBe(vectorPlain);
  });

  test("opens a file of nothing", async () => {
    expect((await open(vector.subarray(0, 24), "s3crét")).length).toBe(0);
  });

  test("refuses a file without a whole head", async () => {
    const format = expect.objectContaining({ code: "E_FORMAT" }) as unknown;
    await expect(open(vector.subarray(0, 23), "x")).rejects.toEqual(format);
    await expect(open(vector.subarray(0, 0), "x")).rejects.toEqual(format);
  });

  test("refuses a password that Latin-1 cannot write", async () => {
    const wrong = expect.objectContaining({ code: "E_WRONG_KEY" }) as unknown;
    await expect(open(vector, "s3cr\u20act")).rejects.toEqual(wrong);
  });
});
