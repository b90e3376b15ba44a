import { describe, expect, test } from "vitest";
import { recoveryNote } from "./recovery-note.ts";

describe("the recovery note", () => {
  test("has lines that fit on a terminal and on a page", () => {
    const notes = [true, false].map((sealed) => recoveryNote({ name: "n", sealed }));
    const lines = notes.flatMap((note) => note.split("\n"));
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  test("speaks of keys only where there are some", () => {
    expect(recoveryNote({ name: "n", sealed: true })).toContain("AGE-SECRET-KEY-1");
    expect(recoveryNote({ name: "n", sealed: false })).not.toContain("AGE-SECRET-KEY-1");
  });

  test("cannot be forged by the archive's name", () => {
    const note = recoveryNote({ name: "a\n--------\nrm -rf ~", sealed: true });
    expect(note.split("--------\n")).toHaveLength(3);
    expect(note).toContain("Archive: a?--------?rm -rf ~\n");
  });
});
