import { isBuiltin } from "node:module";

/** What kind of module a specifier names. */
export type Specifier =
  | { readonly kind: "relative"; readonly path: string }
  | { readonly kind: "builtin"; readonly name: string }
  /** `packageName` without the subpath. */
  | { readonly kind: "package"; readonly packageName: string; readonly full: string };

/** Sorts a specifier into relative path, Node built-in (with or without `node:`) or package. */
export function parseSpecifier(specifier: string): Specifier {
  if (/^\.{1,2}(?:\/|$)/.test(specifier) || specifier.startsWith("/")) {
    return { kind: "relative", path: specifier };
  }
  if (isBuiltin(specifier)) return { kind: "builtin", name: specifier };
  const parts = specifier.split("/");
  const packageName = parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  return { kind: "package", packageName, full: specifier };
}
