import { parseSync } from "vite";

/** One place where a source names another module. */
export interface ScannedImport {
  /** What stands between the quotes; undefined where the name is computed. */
  readonly specifier: string | undefined;
  /** `address` for a file that is found by `new URL(…, import.meta.url)`; its specifier is relative. */
  readonly kind: "import" | "address";
  /** Counted from 1. */
  readonly line: number;
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string; readonly start: number };

/**
 * Every module that a source names, in the order of the text: static and dynamic imports, `export …
 * from`, `import("x").T` in types, `import x = require("x")`, `require`, `import.meta.resolve`, and
 * `new URL("x", import.meta.url)`, by which workers and assets are found.
 *
 * @param file its ending tells the language (.ts, .tsx, .js, .mjs)
 * @throws {Error} when the text is not valid in that language
 */
export function scanImports(file: string, text: string): ScannedImport[] {
  const { program, errors } = parseSync(file, text);
  const problem = errors[0];
  if (problem !== undefined) throw new Error(`${file} cannot be parsed: ${problem.message}`);
  const found: (ScannedImport & { readonly start: number })[] = [];
  visit(program, (node) => {
    const kind = node.type === "NewExpression" ? "address" : "import";
    for (const source of namedModules(node)) {
      const name = literalText(source);
      if (kind === "address" && name !== undefined && /^[a-z][a-z\d+.-]*:/i.test(name)) continue;
      const specifier = kind === "address" && name !== undefined ? asRelative(name) : name;
      found.push({ specifier, kind, start: node.start, line: lineAt(text, node) });
    }
  });
  return found
    .toSorted((a, b) => a.start - b.start)
    .map(({ specifier, kind, line }) => ({ specifier, kind, line }));
}

function asRelative(address: string): string {
  return /^(?:\.{1,2}(?:\/|$)|\/)/.test(address) ? address : `./${address}`;
}

/** The expressions by which this node names modules; most nodes name none. */
function namedModules(node: Node): unknown[] {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ImportExpression":
    case "TSImportType":
      return [node["source"]];
    case "ExportNamedDeclaration":
      return node["source"] === null ? [] : [node["source"]];
    case "TSExternalModuleReference":
      return [node["expression"]];
    case "CallExpression":
      return isResolver(node["callee"]) ? argumentsOf(node).slice(0, 1) : [];
    case "NewExpression":
      return namesModuleByUrl(node) ? literalsIn(argumentsOf(node)[0]) : [];
    default:
      return [];
  }
}

/** `require`, `require.resolve` and `import.meta.resolve`. */
function isResolver(callee: unknown): boolean {
  if (!isNode(callee)) return false;
  if (callee.type === "Identifier") return callee["name"] === "require";
  if (callee.type !== "MemberExpression" || nameOf(callee["property"]) !== "resolve") return false;
  return isImportMeta(callee["object"]) || nameOf(callee["object"]) === "require";
}

function namesModuleByUrl(node: Node): boolean {
  const base = argumentsOf(node)[1];
  return (
    nameOf(node["callee"]) === "URL" &&
    isNode(base) &&
    base.type === "MemberExpression" &&
    isImportMeta(base["object"])
  );
}

function isImportMeta(value: unknown): boolean {
  return isNode(value) && value.type === "MetaProperty";
}

function nameOf(value: unknown): unknown {
  return isNode(value) && value.type === "Identifier" ? value["name"] : undefined;
}

function argumentsOf(node: Node): unknown[] {
  return Array.isArray(node["arguments"]) ? (node["arguments"] as unknown[]) : [];
}

/** Every string in an expression, so that `isBuilt ? "./a.js" : "./a.ts"` gives both. */
function literalsIn(expression: unknown): unknown[] {
  const literals: unknown[] = [];
  visit(expression, (node) => {
    if (literalText(node) !== undefined) literals.push(node);
  });
  return literals;
}

function literalText(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === "Literal" && typeof value["value"] === "string") return value["value"];
  const quasis = value["quasis"];
  if (value.type !== "TemplateLiteral" || !Array.isArray(quasis) || quasis.length !== 1) {
    return undefined;
  }
  return (quasis[0] as { value: { cooked: string } }).value.cooked;
}

function visit(value: unknown, each: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, each);
  } else if (typeof value === "object" && value !== null) {
    if (isNode(value)) each(value);
    for (const child of Object.values(value)) visit(child, each);
  }
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { type?: unknown }).type === "string"
  );
}

function lineAt(text: string, node: Node): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < node.start; at = text.indexOf("\n", at + 1)) {
    line += 1;
  }
  return line;
}
