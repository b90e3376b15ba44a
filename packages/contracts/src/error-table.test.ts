import { describe, expect, test } from "vitest";

import { ColdstowError, describeError, isColdstowError } from "./coldstow-error.ts";
import { errorTable, exitCodes, type ErrorEntry } from "./error-table.ts";
import { errnoOf, fromSystemError } from "./system-error.ts";

describe("the error table", () => {
  test("has a code, a title, a hint and a known exit status in every line", () => {
    const known: readonly number[] = Object.values(exitCodes);
    for (const [code, entry] of Object.entries<ErrorEntry>(errorTable)) {
      expect(code).toMatch(/^E_[A-Z_]+$/);
      expect(entry.title).toMatch(/^[A-Z].*[^.]$/);
      expect(entry.hint).toMatch(/^[A-Z].*\.$/);
      expect(known).toContain(entry.exitCode);
      expect(entry.exitCode).not.toBe(exitCodes.ok);
    }
  });

  test("gives no two exit statuses one number", () => {
    const numbers = Object.values(exitCodes);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

describe("a coldstow error", () => {
  test("carries the table's hint, or a better one", () => {
    expect(new ColdstowError("E_IO", "broken").hint).toBe(errorTable.E_IO.hint);
    const told = new ColdstowError("E_IO", "broken", { hint: "Plug it in.", subject: "sda" });
    expect([told.hint, told.subject]).toEqual(["Plug it in.", "sda"]);
  });

  test("is recognised whichever copy of the class made it", () => {
    const foreign = Object.assign(new Error("from a plugin"), { code: "E_AUTH" });
    expect(isColdstowError(foreign)).toBe(false);
    Object.defineProperty(foreign, Symbol.for("coldstow.error"), { value: true });
    expect(isColdstowError(foreign)).toBe(true);
    expect(describeError(foreign)).toMatchObject({ code: "E_AUTH", exitCode: 12 });
  });

  test("is not recognised with a code that the table lacks", () => {
    for (const code of ["E_FUTURE", "toString", "__proto__", 7, undefined]) {
      const error = Object.defineProperty({ code }, Symbol.for("coldstow.error"), { value: true });
      expect(isColdstowError(error)).toBe(false);
      expect(describeError(error).code).toBe("E_INTERNAL");
    }
    for (const value of [null, undefined, 0, "E_IO"]) expect(isColdstowError(value)).toBe(false);
  });

  test("keeps its cause and prints neither brand nor table", () => {
    const cause = new Error("below");
    const error = new ColdstowError("E_IO", "above", { cause });
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).not.toContain("coldstow.error");
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: "E_IO" });
  });
});

describe("an error of the operating system", () => {
  test("gets the code of its kind", () => {
    const kinds = { ENOSPC: "E_NO_SPACE", EFBIG: "E_NO_SPACE", EROFS: "E_READ_ONLY" };
    const more = { ENOENT: "E_NOT_FOUND", EACCES: "E_PERMISSION", ECONNRESET: "E_TEMPORARY" };
    for (const [code, wanted] of Object.entries({ ...kinds, ...more, EWEIRD: "E_IO" })) {
      const error = fromSystemError(Object.assign(new Error("x"), { code }), "writing", "/a");
      expect(error).toMatchObject({ code: wanted, message: "writing failed: x", subject: "/a" });
    }
  });

  test("is E_INTERNAL where it is none, and stays what it is where it has a code already", () => {
    expect(fromSystemError(new TypeError("slip"), "writing").code).toBe("E_INTERNAL");
    expect(fromSystemError("text", "writing").message).toBe("writing failed: text");
    const own = new ColdstowError("E_AUTH", "no");
    expect(fromSystemError(own, "writing")).toBe(own);
  });

  test("tells its errno, which nothing else has", () => {
    expect(errnoOf(Object.assign(new Error("x"), { code: "ENOENT" }))).toBe("ENOENT");
    for (const value of [null, undefined, 3, {}, { code: 5 }, new ColdstowError("E_IO", "x")]) {
      expect(errnoOf(value)).toBeUndefined();
    }
  });
});
