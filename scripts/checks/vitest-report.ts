export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** Full names of the tests that did not run. */
  readonly skipped: readonly string[];
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/**
 * Counts what vitest's JSON report holds. A file that failed without a failed test in it (it did not
 * load, or a hook threw) counts as one failure, and so does a bad end that the report does not explain.
 *
 * @param report the parsed report; undefined when there is none
 * @param ok whether vitest ended with exit code 0
 */
export function readVitestReport(report: unknown, ok: boolean): TestCounts {
  let passed = 0;
  let failed = 0;
  const skipped: string[] = [];
  for (const file of isReport(report) ? report.testResults : []) {
    let failedHere = 0;
    for (const test of file.assertionResults) {
      if (test.status === "passed") passed += 1;
      else if (test.status === "failed") failedHere += 1;
      else skipped.push(test.fullName);
    }
    failed += file.status === "failed" ? Math.max(1, failedHere) : failedHere;
  }
  const unexplained = failed === 0 && (!ok || !isReport(report));
  return { passed, failed: unexplained ? 1 : failed, skipped };
}

function isReport(value: unknown): value is Report {
  return (
    typeof value === "object" &&
    value !== null &&
    Array.isArray((value as { testResults?: unknown }).testResults)
  );
}
