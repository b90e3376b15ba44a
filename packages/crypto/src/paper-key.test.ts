import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generateIdentity, paperKey, parseIdentities, readPaperKey } from "./index.ts";
import { encodeIdentity } from "./identity.ts";

const secret = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
const label = { archiveName: "photos", createdAt: new Date("2026-03-01T10:00:00Z") };
const page = paperKey(secret, label);

function checkedLines(of: string): string[] {
  return of.split("\n").filter((line) => /^ {2}[1-4]:/.test(line));
}

function message(text: string): string {
  try {
    return readPaperKey(text);
  } catch (error) {
    const { code, message: said } = error as Error & { code: string };
    return `${code} ${said}`;
  }
}

describe("a paper key", () => {
  test("looks as docs/formats/paper-key.md says", () => {
    expect(page).toContain(`\n${secret}\n`);
    expect(page).toContain("Archive:    photos\nCreated:    2026-03-01T10:00:00.000Z\n");
    expect(checkedLines(page)).toEqual([
      "  1:  GFPY YSJZ GFPY YSJZ  =  LP8Y",
      "  2:  GFPY YSJZ GFPY YSJZ  =  FATH",
      "  3:  GFPY YSJZ GFPY YSJZ  =  CUWA",
      "  4:  GFPQ 4EGA EX         =  M9LK",
    ]);
  });

  test("is plain ASCII in short lines, apart from the key and the archive's name", () => {
    const others = page.split("\n").filter((line) => line !== secret);
    expect(others.every((line) => /^[\x20-\x7e]{0,100}$/.test(line))).toBe(true);
  });

  test("holds exactly one line that stock age takes", () => {
    const lines = page.split("\n").filter((line) => line.startsWith("AGE-SECRET-KEY-1"));
    expect(parseIdentities(lines.join("\n"))).toEqual([secret]);
  });

  test("cannot be forged by the name of the archive", () => {
    const archiveName = `x\n${generateIdentity().secret}\n  1:  AAAA`;
    const forged = paperKey(secret, { ...label, archiveName });
    expect(forged.split("\n").length).toBe(page.split("\n").length);
  });

  test("is read back from the page, from the lines and from the plain key", () => {
    const law = fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const identity = encodeIdentity(bytes);
      const text = paperKey(identity, label);
      expect(readPaperKey(text)).toBe(identity);
      expect(readPaperKey(checkedLines(text).join("\n"))).toBe(identity);
      expect(readPaperKey(identity)).toBe(identity);
    });
    fc.assert(law);
  });

  test("is read in any case, order, spacing and with look-alikes", () => {
    const lines = checkedLines(page);
    const typed = [
      lines.join("\n").toLowerCase(),
      lines.toReversed().join("\r\n"),
      lines.join("\n").replace(/[ =]+/g, " "),
      lines.map((line) => line.replace(/[ =:]/g, "").replace(/^./, "Line $& of 4: ")).join("\n"),
      lines.join("\n").replace(/:/g, ")").replace(/=/g, "-"),
    ];
    for (const text of typed) expect(message(text)).toBe(secret);

    const zeros = encodeIdentity(Buffer.alloc(32, 0b01111_011));
    const confused = checkedLines(paperKey(zeros, label))
      .map((line) => line.slice(0, 4) + line.slice(4).replace(/0/g, "O").replace(/L/g, "1"))
      .map((line) => line.slice(0, 4) + line.slice(4).replace(/8/g, "B"));
    expect(confused.join("")).toMatch(/[OB1]/);
    expect(message(confused.join("\n"))).toBe(zeros);
  });

  test("is read from a plain key that was typed over several lines", () => {
    const typed = secret.toLowerCase().replace(/.{10}/g, "$&\n ");
    expect(message(typed)).toBe(secret);
    expect(message(secret.replaceAll("-", "\u2013"))).toBe(secret);
  });
});

describe("a typing error in a paper key", () => {
  const lines = checkedLines(page);

  test("is located to its line, whatever single character it is", () => {
    const alphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
    const law = fc.property(
      fc.integer({ min: 0, max: 3 }),
      fc.nat(22),
      fc.constantFrom(...Array.from(alphabet)),
      (line, at, typed) => {
        const text = lines[line] ?? "";
        const place = 6 + at;
        fc.pre(alphabet.includes(text[place] ?? " ") && text[place] !== typed);
        const wrong = text.slice(0, place) + typed + text.slice(place + 1);
        const said = message(lines.with(line, wrong).join("\n"));
        expect(said).toMatch(new RegExp(`^E_FORMAT .*line ${line + 1} has a typing error`));
        expect(said.match(/line \d/g)).toHaveLength(1);
      },
    );
    fc.assert(law, { numRuns: 300 });
  });

  test("is named for what it is", () => {
    const third = lines[2] ?? "";
    expect(message(lines.with(2, third.replace("J", "?")).join("\n"))).toMatch(
      /line 3 has the character "\?"/,
    );
    expect(message(lines.with(2, third.replace("J", "")).join("\n"))).toMatch(
      /line 3 has 19 characters instead of 20/,
    );
    expect(message(lines.toSpliced(1, 1).join("\n"))).toMatch(/line 2 is missing/);
    expect(message("1: QQQQ\n4: X")).toMatch(/line 1 .* line 2 is missing; .* line 4 has/);
  });

  test("is found when lines were exchanged", () => {
    const key = encodeIdentity(randomBytes(32));
    const [one = "", two = "", ...rest] = checkedLines(paperKey(key, label));
    const exchanged = [`  1:${two.slice(4)}`, `  2:${one.slice(4)}`, ...rest].join("\n");
    expect(message(exchanged)).toMatch(/line 1 has a typing error.*line 2 has a typing error/);
  });

  test("is found when lines come from two pages", () => {
    const other = checkedLines(paperKey(generateIdentity().secret, label));
    expect(message(lines.with(0, other[0] ?? "").join("\n"))).toMatch(/E_FORMAT .*different pages/);
  });

  test("in the plain key is healed by the checked lines, and found without them", () => {
    const wrong = secret.replace("GFP", "GFQ");
    expect(message(page.replace(secret, wrong))).toBe(secret);
    expect(message(wrong)).toMatch(/^E_FORMAT The line that begins with AGE-SECRET-KEY-1 has/);
    expect(message(secret.slice(0, -3))).toMatch(/^E_FORMAT The line that begins/);
  });

  test("is no guess when the page has two keys", () => {
    const other = generateIdentity().secret;
    expect(message(`${secret}\n${other}`)).toMatch(/^E_FORMAT There are two different keys/);
    const otherLines = checkedLines(paperKey(other, label)).join("\n");
    expect(message(`${secret}\n${otherLines}`)).toMatch(/^E_FORMAT There are two different keys/);
  });

  test("is told from a text without a key", () => {
    expect(message("hello\nworld")).toMatch(/^E_FORMAT There is no paper key/);
    expect(message("")).toMatch(/^E_FORMAT There is no paper key/);
  });
});
