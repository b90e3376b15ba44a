import { describe, expect, test } from "vitest";
import { readVitestReport } from "./vitest-report.ts";

function file(status: string, ...tests: string[]): object {
  return {
    name: "/x.test.ts",
    status,
    assertionResults: tests.map((result, n) => ({ status: result, fullName: `test ${n}` })),
  };
}

describe("what a vitest report counts for", () => {
  test("tests are counted over all files", () => {
    const report = { testResults: [file("passed", "passed", "passed"), file("passed", "passed")] };
    expect(readVitestReport(report, true)).toEqual({ passed: 3, failed: 0, skipped: [] });
  });

  test("failed tests are counted once, not once more for their file", () => {
    const report = { testResults: [file("failed", "passed", "failed", "failed")] };
    expect(readVitestReport(report, false)).toEqual({ passed: 1, failed: 2, skipped: [] });
  });

  test("a file that did not load is a failure", () => {
    const report = { testResults: [file("failed"), file("passed", "passed")] };
    expect(readVitestReport(report, false)).toEqual({ passed: 1, failed: 1, skipped: [] });
  });

  test("skipped tests are named and are neither passed nor failed", () => {
    const report = { testResults: [file("passed", "passed", "skipped", "todo")] };
    expect(readVitestReport(report, true)).toEqual({
      passed: 1,
      failed: 0,
      skipped: ["test 1", "test 2"],
    });
  });

  test("a bad exit code without a failed test is a failure", () => {
    const report = { testResults: [file("passed", "passed")] };
    expect(readVitestReport(report, false)).toEqual({ passed: 1, failed: 1, skipped: [] });
  });

  test("no report is a failure even after a good exit code", () => {
    expect(readVitestReport(undefined, true)).toEqual({ passed: 0, failed: 1, skipped: [] });
  });
});
