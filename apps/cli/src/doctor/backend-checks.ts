import { declaredBackends, type PluginSource } from "../plugins/declared-backends.ts";
import { loadBackend } from "../plugins/load-backend.ts";
import { describeError } from "@coldstow/contracts";
import type { Check } from "./check.ts";

/** Loads each installed backend. */
export async function backendChecks(source: PluginSource): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { scheme, packageName } of declaredBackends(source).values()) {
    const name = `Backend ${scheme}`;
    try {
      const { title } = await loadBackend(source, scheme);
      checks.push({ name, state: "ok", found: `${title} (${packageName})` });
    } catch (error) {
      const { hint } = describeError(error);
      const found = error instanceof Error ? error.message : String(error);
      checks.push({ name, state: "failed", found, advice: hint });
    }
  }
  return checks;
}
