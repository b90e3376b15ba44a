import type { SettingSpec } from "@coldstow/contracts";

/** Where a secret comes from. Only `value` holds it. */
export type SecretSource =
  | { readonly kind: "value"; readonly value: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "command"; readonly command: string }
  | { readonly kind: "env"; readonly name: string };

/** What may follow the name of a secret setting: `password_file`, `password_command`, `password_env`. */
export const secretWays = ["file", "command", "env"] as const;

// Backends that are not installed cannot say which of their keys are secret, so names decide then.
const secretLike =
  /(?:^|_)(?:pass|passwd|password|passphrase|pwd|secret|token|credentials?|api_?key|access_key|secret_key|private_key)(?:_|$)/;
const indirect = /_(?:file|command|env)$/;

/** The key without `_file`, `_command` or `_env`, and which of them it had. */
export function splitSecretKey(key: string): {
  readonly base: string;
  readonly way: "value" | (typeof secretWays)[number];
} {
  for (const way of secretWays) {
    if (key.endsWith(`_${way}`)) return { base: key.slice(0, -way.length - 1), way };
  }
  return { base: key, way: "value" };
}

/**
 * True for a key that holds a secret itself, not only where to find one. A name that sounds secret
 * counts even where it was not declared so.
 */
export function isSecretKey(key: string, specs: readonly SettingSpec[] | undefined): boolean {
  const spec = specs?.find((candidate) => candidate.name === key);
  if (spec?.secret === true) return true;
  return secretLike.test(key) && !indirect.test(key);
}

/** The source that a key and value of an ini stand for. */
export function secretSource(key: string, value: string): SecretSource {
  const { way } = splitSecretKey(key);
  if (way === "file") return { kind: "file", path: value };
  if (way === "command") return { kind: "command", command: value };
  if (way === "env") return { kind: "env", name: value };
  return { kind: "value", value };
}
