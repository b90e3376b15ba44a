// Checks who imports whom, and that every package declares, publishes and explains what it should.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { checkWorkspace } from "./boundaries/check-workspace.ts";
import { formatViolation } from "./boundaries/violation.ts";

const violations = checkWorkspace(dirname(dirname(fileURLToPath(import.meta.url))));
for (const violation of violations) console.log(formatViolation(violation));
process.exitCode = violations.length === 0 ? 0 : 1;
