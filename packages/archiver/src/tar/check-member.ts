import { ColdstowError, displayPath } from "@coldstow/contracts";
import type { TarMember } from "./member.ts";
import { sparseStoredBytes, unwritableSparse } from "./sparse-map.ts";

/** What keeps a path from being a member's path in a pack, or undefined (docs/formats/pack.md, "Names"). */
export function memberPathProblem(path: string): string | undefined {
  if (path === "") return "its path is empty";
  if (path.charCodeAt(0) === 0x2f) return "its path is absolute";
  if (path.charCodeAt(path.length - 1) === 0x2f) return "its path ends in a slash";
  if (path.includes("\0")) return "its path holds a NUL";
  if (path.includes("..") && path.split("/").includes("..")) return "its path leads upwards";
  return undefined;
}

function problemOf(member: TarMember): string | undefined {
  const { kind, linkTarget, sizeBytes, sparse } = member;
  const pathProblem = memberPathProblem(member.path);
  if (pathProblem !== undefined) return pathProblem;
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) return "its size is no size";
  if (!Number.isSafeInteger(member.uid) || member.uid < 0) return "its uid is no id";
  if (!Number.isSafeInteger(member.gid) || member.gid < 0) return "its gid is no id";
  if (kind === "file") {
    if (linkTarget !== undefined) return "a file has no link target";
    if (sparse === undefined) return undefined;
    const sparseWrong = unwritableSparse(sparse);
    if (sparseWrong !== undefined) return sparseWrong;
    return sparseStoredBytes(sparse) === sizeBytes ? undefined : "its size is not map and data";
  }
  if (sizeBytes !== 0 || sparse !== undefined) return `a ${kind} has no data`;
  if (kind === "directory") return linkTarget === undefined ? undefined : "a directory is no link";
  if (linkTarget === undefined || linkTarget === "") return "its link target is missing";
  if (linkTarget.includes("\0")) return "its link target holds a NUL";
  return kind === "hardlink" ? memberPathProblem(linkTarget) : undefined;
}

/**
 * Refuses a member that no tar could hold or that stock tools would not put below their folder.
 *
 * @throws {E_INTERNAL} with the reason; nothing was written
 */
export function checkMember(member: TarMember): void {
  const problem = problemOf(member);
  if (problem === undefined) return;
  throw new ColdstowError(
    "E_INTERNAL",
    `The member ${displayPath(member.path)} cannot be written to a tar: ${problem}. Nothing of it was written.`,
    { subject: displayPath(member.path) },
  );
}
