import { basename } from "node:path";
import type { SettingSpec } from "@coldstow/contracts";
import { type BackendSpecs, destinationSection, knownSections } from "./known-settings.ts";

export interface InitTemplateOptions {
  /** The directory to put away; default: an example. */
  readonly directory?: string;
  /** The archive's name; default: the directory's name. */
  readonly name?: string;
  /** The destination in use, as in `[Repository] type`; default `local`. */
  readonly destination?: string;
  /** Values for that destination's section. */
  readonly destinationSettings?: Readonly<Record<string, string>>;
  /** The installed backends; each gets a section. */
  readonly backends?: BackendSpecs;
}

const exampleDirectory = "/path/to/the/files";
const localSettings: readonly SettingSpec[] = [
  { name: "dir", description: "The directory that holds the copies.", required: true },
];

function setting(name: string, value: string | undefined): string {
  if (value === undefined) return `; ${name} =`;
  return `${name} = ${value.replaceAll("%", "%%")}`.trimEnd();
}

function secretHint(spec: SettingSpec): string[] {
  if (spec.secret !== true) return [];
  return [
    `; A secret: ${spec.name}_file, ${spec.name}_command or ${spec.name}_env say where to find it.`,
  ];
}

function settingLines(spec: SettingSpec, value: string | undefined): string[] {
  const given = value ?? spec.default ?? (spec.required === true ? "" : undefined);
  return [`; ${spec.description}`, ...secretHint(spec), setting(spec.name, given)];
}

function ownLines(values: Readonly<Record<string, string>>): string[] {
  const lines: string[] = [];
  for (const { section, description, settings } of knownSections) {
    lines.push("", `; ${description}`, `[${section}]`);
    for (const spec of settings)
      lines.push(...settingLines(spec, values[`${section}.${spec.name}`]));
  }
  return lines;
}

/**
 * The annotated ini that `coldstow init` writes: every section and key with a line on what it means
 * and its default. It reads back without a warning.
 */
export function initTemplate(options: InitTemplateOptions = {}): string {
  const directory = options.directory ?? exampleDirectory;
  const destination = options.destination ?? "local";
  const scheme = destination.split(":")[0] ?? destination;
  const name = options.name ?? (basename(directory) || "archive");
  const backends: BackendSpecs = { local: localSettings, ...options.backends };
  const inUse = {
    ...(scheme === "local" ? { dir: "/path/to/the/copies" } : {}),
    ...options.destinationSettings,
  };
  const sections = new Map([[destinationSection(destination), scheme]]);
  for (const other of Object.keys(backends)) sections.set(destinationSection(other), other);

  const lines = [
    "; Settings of a coldstow archive. Lines that begin with ; or # are comments;",
    "; a value goes on in lines that are indented.",
    ...ownLines({
      "Archive.directory": directory,
      "Archive.name": name,
      "Repository.type": destination,
    }),
  ];
  for (const [section, of] of sections) {
    const specs = backends[of] ?? [];
    const values: Readonly<Record<string, string>> =
      section === destinationSection(destination) ? inUse : {};
    const undeclared = Object.keys(values).filter(
      (key) => !specs.some((spec) => spec.name === key),
    );
    lines.push(
      "",
      `; A destination: ${section.toLowerCase().replace(" ", ":")}, where [Repository] type names it.`,
      `[${section}]`,
      ...specs.flatMap((spec) => settingLines(spec, values[spec.name])),
      ...undeclared.map((key) => setting(key, values[key])),
    );
  }
  return `${lines.join("\n")}\n`;
}
