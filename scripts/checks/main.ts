// Every check and every test, on the repository's own Node. Arguments are handed to vitest.
import { ensureOracles } from "./oracles.ts";
import { runTool } from "./run-tool.ts";
import { runVitest } from "./vitest-run.ts";

const node = process.execPath;
const inCi = process.env["CI"] === "true";

const checks: readonly { name: string; command: string; args: readonly string[] }[] = [
  { name: "lint", command: "oxlint", args: ["--deny-warnings"] },
  { name: "format", command: "oxfmt", args: ["--check", "."] },
  { name: "package boundaries", command: node, args: ["scripts/boundaries.ts"] },
  { name: "generated docs", command: node, args: ["scripts/generate-docs.ts", "--check"] },
  { name: "types of the tests", command: "tsc", args: ["-p", "tsconfig.tests.json"] },
];

let passedChecks = 0;
let failedChecks = 0;

function record(name: string, ok: boolean, seconds: number, output: string): void {
  if (ok) passedChecks += 1;
  else failedChecks += 1;
  if (!ok && output !== "") console.log(output);
  console.log(`${name}: ${ok ? "ok" : "FAILED"} (${seconds.toFixed(1)} s)`);
}

const missing = await ensureOracles();
if (missing !== undefined) {
  console.log(missing);
  if (inCi) record("programs that tests compare with", false, 0, "");
}
for (const { name, command, args } of checks) {
  const startedAt = Date.now();
  const { ok, output } = await runTool(command, args);
  record(name, ok, (Date.now() - startedAt) / 1000, output);
}

const extra = process.argv.slice(2);
const tests = await runVitest(extra);
// A selection by arguments leaves tests out on purpose; a whole run in CI must run them all.
const mustRun = inCi && extra.length === 0;
for (const name of tests.skipped.slice(0, extra.length === 0 ? 50 : 0)) {
  console.log(`did not run: ${name}`);
}
const failed = failedChecks + tests.failed + (mustRun ? tests.skipped.length : 0);
console.log(`${passedChecks + tests.passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
