import { getMeta, type SqlDriver } from "@coldstow/catalogue";
import { isColdstowError } from "@coldstow/contracts";
import { findEntry, parseIni } from "../settings/index.ts";
import { unquote } from "../settings/setting-values.ts";

/** The names that a converted archive's directory goes by in its tars: the state's and the ini's. */
export function pyRoots(driver: SqlDriver): string[] {
  const roots = [getMeta(driver, "source"), iniDirectory(getMeta(driver, "config"))];
  return roots.filter((root) => root !== undefined && root !== "") as string[];
}

function iniDirectory(config: string | undefined): string | undefined {
  if (config === undefined) return undefined;
  try {
    return unquote(findEntry(parseIni(config), "Archive", "directory")?.value ?? "");
  } catch (error) {
    if (isColdstowError(error)) return undefined;
    throw error;
  }
}
