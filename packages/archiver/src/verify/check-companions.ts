import { createHash, hash } from "node:crypto";
import { objectKey, recoveryNoteKey, untilCancelled, type ObjectKey } from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import { identityKey } from "../archive/object-keys.ts";
import { hex } from "../pack/member-line.ts";
import { reaches, type Problem, type VerifyLevel } from "./verification.ts";
import type { VerifyContext } from "./verify-context.ts";

interface Companion {
  readonly key: ObjectKey;
  readonly sizeBytes: number | undefined;
  readonly sha256: string | undefined;
  /** What to do when something is wrong with it. */
  readonly hint: string;
}

/**
 * Checks what lies beside the packs: the recovery note, the wrapped identity and the copies of the
 * catalogue. Those are small, and are read from `digest` on where reading is free.
 */
export async function checkCompanions(
  context: VerifyContext,
  destination: OpenDestination,
  level: VerifyLevel,
): Promise<void> {
  for (const companion of await companionsOf(context, destination)) {
    try {
      const wrong = await lookAt(destination, companion, level, context.signal);
      if (wrong === undefined) continue;
      const [problem, what] = wrong;
      context.findings.add({
        problem,
        code: problem === "missing" ? "E_MISSING" : "E_FIXITY",
        key: companion.key,
        destination: destination.name,
        message: `${companion.key} at ${destination.name} ${what}. No file is affected.`,
        filesAffected: 0,
        paths: [],
        hint: companion.hint,
      });
    } catch (error) {
      context.findings.couldNotCheck(destination.name, companion.key, error);
    }
  }
}

async function companionsOf(
  context: VerifyContext,
  destination: OpenDestination,
): Promise<Companion[]> {
  const { catalogue, path } = context.archive;
  const again = `coldstow resume ${path} puts it back with the next change.`;
  const companions: Companion[] = [
    { key: recoveryNoteKey, sizeBytes: undefined, sha256: undefined, hint: again },
  ];
  const identity = await catalogue.meta("identity");
  if (identity !== undefined) {
    const sha256 = hash("sha256", identity);
    const hint = `Without it the passphrase opens nothing there; the catalogue and the paper key still do. ${again}`;
    companions.push({ key: identityKey, sizeBytes: identity.length, sha256, hint });
  }
  for (const copy of await catalogue.catalogueCopies(destination.id)) {
    const { sizeBytes } = copy;
    const hint = `coldstow resume ${path} sends a new copy with the next change.`;
    companions.push({ key: objectKey(copy.key), sizeBytes, sha256: hex(copy.sha256), hint });
  }
  return companions;
}

async function lookAt(
  { backend }: OpenDestination,
  { key, sizeBytes, sha256 }: Companion,
  level: VerifyLevel,
  signal: AbortSignal | undefined,
): Promise<readonly [Problem, string] | undefined> {
  const info = await backend.stat(key);
  if (info === undefined) return ["missing", "is gone"];
  if (level === "exists") return undefined;
  if (info.sizeBytes === 0) return ["truncated", "is empty"];
  if (sizeBytes !== undefined && info.sizeBytes !== sizeBytes) {
    const problem = info.sizeBytes < sizeBytes ? "truncated" : "damaged";
    return [problem, `has ${info.sizeBytes} bytes, and ${sizeBytes} were stored`];
  }
  const readable = backend.capabilities.freeRead && info.state !== "frozen";
  if (sha256 === undefined || !reaches(level, "digest") || !readable) return undefined;
  const digest = createHash("sha256");
  for await (const chunk of untilCancelled(backend.get(key), signal)) digest.update(chunk);
  if (digest.digest("hex") === sha256) return undefined;
  return ["damaged", "is damaged: its SHA-256 is not what was stored"];
}
