import { checkBrowserEntries } from "./check-browser-entries.ts";
import { checkImports } from "./check-imports.ts";
import { checkManifest } from "./check-manifest.ts";
import type { Violation } from "./violation.ts";
import { readWorkspace } from "./workspace.ts";

/** Every place where the repository at `root` breaks its rules; empty when it keeps them all. */
export function checkWorkspace(root: string): Violation[] {
  const workspace = readWorkspace(root);
  return workspace.packages.flatMap((pkg) =>
    [checkManifest(workspace, pkg), checkImports(workspace, pkg), checkBrowserEntries(pkg)].flat(),
  );
}
