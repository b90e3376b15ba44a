import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBech32, encodeBech32 } from "./bech32.ts";
import {
  generateIdentity,
  identityFile,
  parseIdentities,
  parseIdentity,
  recipientOf,
  sealBytes,
  unwrapIdentity,
  wrapIdentity,
} from "./index.ts";

const format = expect.objectContaining({ code: "E_FORMAT" }) as Error;

describe("bech32", () => {
  test("gives the bytes back", () => {
    const law = fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const text = encodeBech32("prefix-", bytes);
      expect(decodeBech32("prefix-", text)).toEqual(bytes);
      expect(decodeBech32("prefix-", text.toUpperCase())).toEqual(bytes);
    });
    fc.assert(law);
  });

  test("finds any one character that was changed", () => {
    const text = encodeBech32("age", randomBytes(32));
    for (let at = 4; at < text.length; at += 1) {
      for (const other of "qpzry9x8gf2tvdw0s3jn54khce6mua7lb1io") {
        if (other === text[at]) continue;
        expect(decodeBech32("age", text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined();
      }
    }
  });

  test("knows the valid strings of BIP 173 and refuses mixed case", () => {
    expect(decodeBech32("a", "A12UEL5L")).toEqual(new Uint8Array(0));
    expect(decodeBech32("a", "A12uEL5L")).toBeUndefined();
    expect(decodeBech32("?", "?1ezyfcl")).toEqual(new Uint8Array(0));
    // Its data is 32 groups of 5 bits in rising order.
    const split = "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w";
    expect(decodeBech32("split", split)?.length).toBe(30);
    expect(decodeBech32("split", split.replace("w", "q"))).toBeUndefined();
  });

  test("refuses left-over bits that are not zero", () => {
    // "abcdef" with all 32 values: 160 bits and no rest; cut short it has the checksum of another text.
    expect(decodeBech32("abcdef", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw")?.length).toBe(
      20,
    );
    expect(decodeBech32("abcdef", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7mqqqxw")).toBeUndefined();
  });
});

describe("an identity", () => {
  const secret = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
  const recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

  test("has the recipient that the age specification says", () => {
    expect(recipientOf(secret)).toBe(recipient);
  });

  test("is new each time", () => {
    const [a, b] = [generateIdentity(), generateIdentity()];
    expect(a.secret).not.toBe(b.secret);
    expect(recipientOf(a.secret)).toBe(a.recipient);
  });

  test("is found in an identity file among comments, blank lines and Windows line ends", () => {
    const other = generateIdentity().secret;
    const text = `\uFEFF# created: today\r\n\r\n  ${secret} \r\n# two\n${other.toLowerCase()}`;
    expect(parseIdentities(text)).toEqual([secret, other]);
    expect(() => parseIdentity(text)).toThrow(format);
    expect(parseIdentity(identityFile(secret))).toBe(secret);
  });

  test.each([
    ["nothing", ""],
    ["only comments", "# one\n# two\n"],
    ["a recipient", recipient],
    ["a typing error", secret.replace("GFP", "GFQ")],
    ["mixed case", secret.replace("GFP", "gfp")],
    [
      "a post-quantum identity",
      "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR",
    ],
  ])("is not found in %s", (_, text) => {
    expect(() => parseIdentities(text)).toThrow(format);
  });

  test("never appears in an error, nor what was typed for it", () => {
    const typed = secret.replace("GFP", "GFQ");
    const grab = (): unknown => {
      try {
        return parseIdentity(`# one\n${typed}`);
      } catch (error) {
        return error;
      }
    };
    const error = grab() as Error & { hint: string };
    expect(error.message).toContain("Line 2");
    expect(`${error.message} ${error.hint} ${String(error.cause)}`).not.toContain("GFQ");
  });
});

describe("a wrapped identity", () => {
  const { secret, recipient } = generateIdentity();
  const wrapped = wrapIdentity(secret, "open sesame", { workFactor: 8 });

  test("is opened by its passphrase only", () => {
    expect(unwrapIdentity(wrapped, "open sesame")).toBe(secret);
    expect(() => unwrapIdentity(wrapped, "Open sesame")).toThrow(
      expect.objectContaining({ code: "E_WRONG_KEY" }),
    );
  });

  test("uses N = 2^18 unless told otherwise", () => {
    const [, line] = Buffer.from(wrapIdentity(secret, "x")).toString("latin1").split("\n");
    expect(line).toMatch(/^-> scrypt \S{22} 18$/);
  });

  test("finds a byte that was changed", () => {
    const seen = new Set<string>();
    for (let at = 0; at < wrapped.length; at += 1) {
      const copy = Buffer.from(wrapped);
      copy[at] = (copy[at] ?? 0) ^ 1;
      try {
        seen.add(unwrapIdentity(copy, "open sesame"));
      } catch (error) {
        seen.add((error as { code: string }).code);
      }
    }
    expect([...seen].toSorted()).toEqual(["E_FIXITY", "E_FORMAT", "E_WRONG_KEY"]);
  });

  test("is told from another file that the passphrase opens, and from a pack", () => {
    const note = sealBytes(Buffer.from("a note"), { passphrase: "open sesame", workFactor: 8 });
    expect(() => unwrapIdentity(note, "open sesame")).toThrow(format);
    const pack = sealBytes(Buffer.from("a pack"), [recipient]);
    expect(() => unwrapIdentity(pack, "open sesame")).toThrow(
      expect.objectContaining({ code: "E_WRONG_KEY" }),
    );
  });

  test("is not made with an empty passphrase or from something that is no identity", () => {
    expect(() => wrapIdentity(secret, "")).toThrow(expect.objectContaining({ code: "E_USAGE" }));
    expect(() => wrapIdentity("hello", "x")).toThrow(format);
  });
});
