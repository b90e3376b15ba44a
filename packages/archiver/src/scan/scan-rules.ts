import type { ExcludeRules } from "../settings/exclude-filter.ts";

/** What a scan leaves out. */
export interface ScanRules extends ExcludeRules {
  /** Absolute paths that are never archived, such as the archive itself. */
  readonly paths: readonly string[];
}
