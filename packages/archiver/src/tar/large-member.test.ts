import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeMember, readTar } from "./index.ts";

const sizeBytes = 8_589_934_592;
const header = encodeMember({
  path: "big",
  kind: "file",
  sizeBytes,
  mode: 0o644,
  mtimeNs: 0n,
  uid: 0,
  gid: 0,
});

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-large-"));
  // The header alone, then a hole as long as the data and the end.
  writeFileSync(join(folder, "big.tar"), header);
  truncateSync(join(folder, "big.tar"), header.length + sizeBytes + 1024);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(["tar", "bsdtar"])("%s is told of more than 8 GiB by a size record", (tool) => {
  const { status, stdout, stderr } = spawnSync(tool, ["-tvf", join(folder, "big.tar")]);
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: "" });
  expect(String(stdout)).toMatch(/ 8589934592 .* big\n$/u);
});

test("the reader is told of more than 8 GiB by a size record", () => {
  const { value } = readTar([header]).next();
  expect(value).toMatchObject({ type: "member", member: { sizeBytes, storedBytes: sizeBytes } });
});
