import type { VerifyCopiesReport } from "@coldstow/archiver";
import { expect, it } from "vitest";
import { verifyText } from "./verify-text.ts";

const report: VerifyCopiesReport = {
  level: "digest",
  seed: undefined,
  packs: 10,
  copies: 10,
  copiesRead: 0,
  copiesNotRead: 10,
  bytes: 0,
  findings: [],
  findingsTotal: 0,
  filesAffected: 0,
  unchecked: [],
  uncheckedTotal: 0,
  notes: [],
  unreachable: [],
};

it("says nothing of bytes where every copy is frozen and none was read", () => {
  expect(verifyText("a.archive", report)).toBe(
    [
      "Looked at 10 packs, 10 copies.",
      "10 copies were checked by what the store tells, without reading.",
    ].join("\n"),
  );
});

it("says of what was read that it is right", () => {
  expect(verifyText("a.archive", { ...report, copiesRead: 4, bytes: 1024 })).toContain(
    "every byte that was read is right",
  );
});
