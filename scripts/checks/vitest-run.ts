import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readVitestReport, type TestCounts } from "./vitest-report.ts";

/**
 * Runs vitest over every project, its own report on the terminal.
 *
 * @param args handed to vitest
 * @returns what its JSON report says; a run that ended without a report, or badly although no test
 *   failed, counts as one failure
 */
export async function runVitest(args: readonly string[]): Promise<TestCounts> {
  const folder = mkdtempSync(join(tmpdir(), "coldstow-test-report-"));
  const reportFile = join(folder, "report.json");
  try {
    const ok = await vitest([
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${reportFile}`,
      ...args,
    ]);
    return readVitestReport(readReport(reportFile), ok);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function vitest(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn("vitest", args, {
      shell: process.platform === "win32",
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
}

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
