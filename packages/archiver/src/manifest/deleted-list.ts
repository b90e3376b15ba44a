import { ColdstowError, displayPath, nameToBytes } from "@coldstow/contracts";
import { memberPathProblem } from "../tar/check-member.ts";

/**
 * One name of the member `.coldstow/deleted`: its bytes and a NUL, as `xargs -0` takes them
 * (docs/formats/pack.md, "Names that are gone").
 *
 * @throws {E_INTERNAL} for a path that no pack may hold: `rm` must never reach outside
 */
export function encodeDeletedName(path: string): Uint8Array {
  const problem = memberPathProblem(path);
  if (problem !== undefined || path === ".") {
    throw new ColdstowError(
      "E_INTERNAL",
      `The name ${displayPath(path)} cannot be listed as deleted: ${problem ?? "it is the whole tree"}. Nothing was written.`,
      { subject: displayPath(path) },
    );
  }
  const bytes = nameToBytes(path);
  const entry = new Uint8Array(bytes.length + 1);
  entry.set(bytes);
  return entry;
}
