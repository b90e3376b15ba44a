import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Does one step and says in one line what was done and how long it took.
 *
 * @template T
 * @param {string} done what the line says, in the past tense
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(done, work) {
  const startedAt = Date.now();
  const result = await work();
  console.log(`${done} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
  return result;
}

/**
 * Runs the pnpm that package.json pins, through npx, so that no pnpm need be installed.
 *
 * @param {string} root the repository's folder
 * @param {string[]} args
 * @returns {Promise<void>} fails with everything that the command printed; prints nothing itself
 */
export async function pnpm(root, args) {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  await runQuietly(root, "npx", ["--yes", packageManager, ...args]);
}

function runQuietly(cwd, command, args) {
  return new Promise((resolve, reject) => {
    const output = [];
    const child = spawn(command, args, {
      cwd,
      // On Windows npx is a .cmd file, which only a shell starts; no argument here needs quoting.
      shell: process.platform === "win32",
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", NO_UPDATE_NOTIFIER: "1" },
    });
    child.stdout.on("data", (bytes) => output.push(bytes));
    child.stderr.on("data", (bytes) => output.push(bytes));
    child.on("error", (error) => reject(new Error(`${command} did not start: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) return resolve();
      const line = [command, ...args].join(" ");
      const printed = Buffer.concat(output).toString("utf8").trimEnd();
      reject(new Error(`${printed}\n\`${line}\` failed with ${signal ?? `exit code ${code}`}.`));
    });
  });
}
