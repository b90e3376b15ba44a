import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { isObjectKey, objectKey, recoveryNoteKey } from "./object-key.ts";

describe("an object key", () => {
  test("is made of plain segments", () => {
    for (const name of [
      "a",
      "_",
      "identity.age",
      "packs/r000001/p000001-abcdefghijklmnop.tar.zst.age",
      "catalogue/r000001-0000.archive.zst.age",
      "s".repeat(128),
      "console/nullable/aux-1",
    ]) {
      expect(objectKey(name)).toBe(name);
    }
  });

  test("may have capitals in the one name that a person must find", () => {
    expect(objectKey("README-RECOVERY.txt")).toBe(recoveryNoteKey);
    expect(isObjectKey("readme-recovery.txt")).toBe(false);
    expect(isObjectKey("a/README-RECOVERY.txt")).toBe(false);
    expect(isObjectKey("README-RECOVERY.txt/a")).toBe(false);
    expect(isObjectKey("README-RECOVERY.TXT")).toBe(false);
  });

  test("is refused with E_BAD_KEY where a segment is none", () => {
    for (const name of [
      "",
      "..",
      "a/../b",
      "/a",
      "a/",
      "A",
      "é",
      "a\n",
      ".a",
      "-a",
      "a.",
      "a.partial",
    ]) {
      expect(() => objectKey(name)).toThrow(expect.objectContaining({ code: "E_BAD_KEY" }));
    }
  });

  test("is refused where Windows would open a device", () => {
    for (const name of ["nul", "a/con.txt", "aux.tar.age", "com1", "lpt9.age", "prn/b"]) {
      expect(isObjectKey(name)).toBe(false);
    }
  });

  test("is refused when a name, a segment or a key is too long, without repeating all of it", () => {
    expect(isObjectKey("s".repeat(129))).toBe(false);
    expect(isObjectKey("ab/".repeat(170) + "ab")).toBe(true);
    expect(isObjectKey("ab/".repeat(170) + "abc")).toBe(false);
    expect(() => objectKey("A".repeat(1_000_000))).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{1,300}$/) }),
    );
  });

  test("never leads out of the folder it is joined to", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("a", "b", "0", "-", "_", ".", "..", "/", "\\", ":", "~", " ", "\0"),
        }),
        (name) => {
          if (!isObjectKey(name)) return;
          const path = new URL(name, "file:///kept/").pathname;
          expect(path).toBe(`/kept/${name}`);
        },
      ),
    );
  });
});
