/** What the pages show of a command; oclif's own command objects have these fields. */
export interface CommandDescription {
  /** Topic and name, joined by colons. */
  readonly id: string;
  readonly summary?: string | undefined;
  readonly description?: string | undefined;
  readonly aliases?: readonly string[] | undefined;
  readonly examples?: readonly (string | { description: string; command: string })[] | undefined;
  readonly args?: Readonly<Record<string, ArgDescription>> | undefined;
  readonly flags?: Readonly<Record<string, FlagDescription>> | undefined;
  /** Whether any number of arguments may follow. */
  readonly strict?: boolean | undefined;
}

export interface ArgDescription {
  readonly name: string;
  readonly description?: string | undefined;
  readonly required?: boolean | undefined;
  readonly hidden?: boolean | undefined;
}

export interface FlagDescription {
  readonly name: string;
  readonly type: string;
  readonly char?: string | undefined;
  readonly summary?: string | undefined;
  readonly description?: string | undefined;
  readonly helpValue?: string | readonly string[] | undefined;
  readonly options?: readonly string[] | undefined;
  readonly default?: unknown;
  readonly env?: string | undefined;
  readonly allowNo?: boolean | undefined;
  readonly required?: boolean | undefined;
  readonly hidden?: boolean | undefined;
  /** `GLOBAL` for a flag that every command takes. */
  readonly helpGroup?: string | undefined;
}

const generated =
  "_Generated from the command itself by `pnpm run docs`. Change it in `apps/cli/src/commands`._";

/** The page of one command. */
export function commandPage(bin: string, command: CommandDescription): string {
  const name = spaced(command.id);
  const fill = (text: string): string => fillIn(text, bin, name);
  const args = Object.values(command.args ?? {}).filter(({ hidden }) => hidden !== true);
  const flags = shownFlags(command).filter((flag) => !isGlobal(flag));
  const usage = [bin, name, ...args.map(argUsage), "[flags]"];
  const lines = [`# ${bin} ${name}`, "", generated, "", fill(command.summary ?? ""), ""];
  lines.push("```", usage.join(" "), "```", "");
  if (command.description !== undefined) lines.push(fill(command.description), "");
  if ((command.aliases ?? []).length > 0) {
    const names = (command.aliases ?? []).map((alias) => `\`${bin} ${spaced(alias)}\``);
    lines.push(`Also: ${names.join(", ")}.`, "");
  }
  if (args.length > 0) {
    lines.push("## Arguments", "", "| argument | meaning |", "| --- | --- |");
    lines.push(...args.map((arg) => row([code(argUsage(arg)), fill(arg.description ?? "")])), "");
  }
  lines.push("## Flags", "", ...flagTable(flags, fill));
  if (shownFlags(command).some(isGlobal)) {
    lines.push("[Every command's flags](README.md#every-commands-flags) work here too.", "");
  }
  const examples = command.examples ?? [];
  if (examples.length > 0) {
    lines.push("## Examples", "");
    for (const example of examples) {
      if (typeof example !== "string") lines.push(fill(example.description), "");
      const text = typeof example === "string" ? example : example.command;
      lines.push("```sh", fill(text), "```", "");
    }
  }
  return lines.join("\n");
}

/** The page that lists all commands, and the flags that all of them take. */
export function commandIndex(bin: string, commands: readonly CommandDescription[]): string {
  const global = new Map(
    commands.flatMap((command) =>
      shownFlags(command)
        .filter(isGlobal)
        .map((flag) => [flag.name, flag] as const),
    ),
  );
  return [
    "# Commands",
    "",
    generated,
    "",
    "| command | what it does | also |",
    "| --- | --- | --- |",
    ...commands.map((command) => {
      const name = spaced(command.id);
      const aliases = (command.aliases ?? []).map((alias) => code(spaced(alias))).join(", ");
      const link = `[\`${name}\`](${pageName(command)})`;
      return row([link, fillIn(command.summary ?? "", bin, name), aliases]);
    }),
    "",
    "## Every command's flags",
    "",
    ...flagTable([...global.values()], (text) => fillIn(text, bin, "COMMAND")),
  ].join("\n");
}

function shownFlags(command: CommandDescription): FlagDescription[] {
  return Object.values(command.flags ?? {}).filter(({ hidden }) => hidden !== true);
}

function isGlobal({ helpGroup }: FlagDescription): boolean {
  return helpGroup === "GLOBAL";
}

function flagTable(flags: readonly FlagDescription[], fill: (text: string) => string): string[] {
  if (flags.length === 0) return ["None of its own.", ""];
  const rows = flags.map((flag) => row([code(flagUsage(flag)), fill(flagMeaning(flag))]));
  return ["| flag | meaning |", "| --- | --- |", ...rows, ""];
}

/** The file name of a command's page. */
export function pageName(command: CommandDescription): string {
  return `${command.id.replaceAll(":", "-")}.md`;
}

function argUsage({ name, required }: ArgDescription): string {
  return required === true ? name.toUpperCase() : `[${name.toUpperCase()}]`;
}

function flagUsage(flag: FlagDescription): string {
  const long = flag.type === "boolean" && flag.allowNo === true ? `[no-]${flag.name}` : flag.name;
  const names = flag.char === undefined ? `--${long}` : `-${flag.char}, --${long}`;
  if (flag.type === "boolean") return names;
  const value = flag.options?.join("|") ?? [flag.helpValue ?? flag.name.toUpperCase()].flat()[0];
  return `${names}=${value}`;
}

function flagMeaning(flag: FlagDescription): string {
  const parts = [flag.summary ?? flag.description ?? ""];
  if (flag.required === true) parts.push("(required)");
  if (["string", "number"].includes(typeof flag.default))
    parts.push(`(default: ${String(flag.default)})`);
  if (flag.env !== undefined) parts.push(`(environment: \`${flag.env}\`)`);
  return parts.join(" ");
}

/** Replaces what oclif lets a text say for the program's and the command's name. */
function fillIn(text: string, bin: string, name: string): string {
  return text
    .replaceAll(/<%=\s*config\.bin\s*%>/g, bin)
    .replaceAll(/<%=\s*command\.id\s*%>/g, name);
}

function spaced(id: string): string {
  return id.replaceAll(":", " ");
}

function code(text: string): string {
  return `\`${text}\``;
}

function row(cells: readonly string[]): string {
  const escaped = cells.map((text) =>
    text.replaceAll("|", String.raw`\|`).replaceAll(/\s*\n\s*/g, " "),
  );
  return `| ${escaped.join(" | ")} |`;
}
