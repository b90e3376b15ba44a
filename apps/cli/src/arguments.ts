/** Global flags that are followed by a value. */
const withValue = new Set([
  "--progress",
  "--password-file",
  "--password-command",
  "--jobs",
  "--bwlimit",
]);

function isTruthy(value: string | undefined): boolean {
  return value !== undefined && /^(?:1|true|yes|y|on)$/i.test(value);
}

function beforeDashes(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf("--");
  return at === -1 ? argv : argv.slice(0, at);
}

/** Whether the answer is to be JSON, also where the arguments could not be parsed. */
export function wantsJson(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return beforeDashes(argv).includes("--json") || isTruthy(env["COLDSTOW_JSON"]);
}

/** Whether more is to be told, as far as the bare arguments say. */
export function wantsVerbose(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const own = beforeDashes(argv);
  return own.includes("-v") || own.includes("--verbose") || isTruthy(env["COLDSTOW_VERBOSE"]);
}

/** Moves flags that stand before the command behind it: `coldstow --json ls` is `coldstow ls --json`. */
export function leadingFlagsLast(argv: readonly string[]): string[] {
  let at = 0;
  while (at < argv.length) {
    const word = argv[at] ?? "";
    if (!word.startsWith("-") || word === "--") break;
    at += withValue.has(word) ? 2 : 1;
  }
  if (at === 0 || at >= argv.length || argv[at] === "--") return [...argv];
  const rest = argv.slice(at);
  const dashes = rest.indexOf("--");
  const end = dashes === -1 ? rest.length : dashes;
  return [...rest.slice(0, end), ...argv.slice(0, at), ...rest.slice(end)];
}
