import type { SettingSpec } from "@coldstow/contracts";

/** The settings of the sections that are not a backend's own. */
export interface SectionSpec {
  readonly section: string;
  readonly description: string;
  readonly settings: readonly SettingSpec[];
}

/** Settings of a backend, by scheme, as its plugin declares them. */
export type BackendSpecs = Readonly<Record<string, readonly SettingSpec[]>>;

export const mebibyte: number = 1024 * 1024;
export const defaultPackSizeMiB: number = 240;
export const minPackSizeMiB: number = 1 / 16;
export const maxPackSizeMiB: number = 5 * 1024;
export const defaultSpoolSizeMiB: number = 2048;
export const maxSpoolSizeMiB: number = 1024 * 1024;

/** Every section and key that coldstow itself knows, pyArchiver's among them. */
export const knownSections: readonly SectionSpec[] = [
  {
    section: "Id",
    description: "An identifier of your own; coldstow does not use it.",
    settings: [
      { name: "id_ini", description: "Any text that names this file." },
      { name: "version_ini", description: "Any text that names its version." },
    ],
  },
  {
    section: "Archive",
    description: "What is put away.",
    settings: [
      {
        name: "directory",
        description: "The directory to put away; each further one on an indented line.",
        required: true,
      },
      { name: "name", description: "The archive's name; default: the directory's name." },
      {
        name: "exclude",
        description:
          "A regular expression (Python's syntax): files whose relative path it finds are left out.",
      },
      {
        name: "exclude_glob",
        description: "Patterns as in .gitignore, one a line: what they match is left out.",
      },
      {
        name: "ignore_file",
        description: "A file of such patterns; a relative path is taken from the directory.",
      },
      {
        name: "thumbnails",
        description: "yes: keep small pictures of photographs in the catalogue.",
        default: "no",
      },
    ],
  },
  {
    section: "Tar",
    description: "How it is packed.",
    settings: [
      {
        name: "size_tar",
        description: "Size of a pack in MiB, up to 5120.",
        default: String(defaultPackSizeMiB),
      },
      {
        name: "ciphered",
        description: "yes: packs are sealed with age; no: anyone can read them.",
        default: "yes",
      },
      {
        name: "password",
        description: "The passphrase that opens the archive; better asked for than written here.",
        secret: true,
      },
      {
        name: "compress",
        description: "auto: what shrinks is compressed; none: nothing is; zstd: all is.",
        default: "auto",
      },
    ],
  },
  {
    section: "Repository",
    description: "Where it is put.",
    settings: [
      {
        name: "type",
        description:
          "The destinations, separated by commas: local, sftp … or sftp:nas for [Sftp nas].",
        required: true,
      },
      {
        name: "copies",
        description: "On how many destinations a pack must lie; default: on all of them.",
      },
      {
        name: "spool",
        description:
          "A folder for packs on their way to destinations that are not this machine's disks; default: beside the archive.",
      },
      {
        name: "spool_size",
        description:
          "How many MiB of packs may lie there at once; two packs are always allowed to.",
        default: String(defaultSpoolSizeMiB),
      },
      {
        name: "read_back",
        description:
          "auto: a copy is read back where its store tells no digest of it and reading is free; no: its size must do.",
        default: "auto",
      },
      {
        name: "kinds",
        description:
          "On how many kinds of storage, such as local and s3, a pack must lie; default: 1.",
      },
    ],
  },
  {
    section: "Disc",
    description: "Optical discs.",
    settings: [
      { name: "size", description: "The medium: cd, dvd, bd, bd-dl, bd-xl … or a size in bytes." },
      { name: "parity", description: "Share of a disc kept for repair data, in percent." },
      { name: "label", description: "Volume label; the disc's number is added to it." },
    ],
  },
];

/** What the section of any destination may have besides its backend's settings. */
export const destinationSpecs: readonly SettingSpec[] = [
  {
    name: "tariff",
    description: "The price list that coldstow estimate takes for this destination.",
  },
];

/** Schemes whose sections are known even while their backend is not installed. */
export const shippedSchemes: readonly string[] = ["local", "sftp", "ovh", "s3"];

/** `[Sftp]` for `sftp`, `[Sftp nas]` for `sftp:nas`. */
export function destinationSection(name: string): string {
  const [scheme = "", ...rest] = name.split(":");
  const title = scheme.slice(0, 1).toUpperCase() + scheme.slice(1);
  return rest.length === 0 ? title : `${title} ${rest.join(":")}`;
}

/** The scheme that a backend's section is of: `sftp` for `[Sftp nas]`. */
export function schemeOfSection(section: string): string {
  return (section.split(/\s/)[0] ?? "").toLowerCase();
}

/** The settings of a section, or undefined where nobody declared any. */
export function specsOfSection(
  section: string,
  backends: BackendSpecs,
): readonly SettingSpec[] | undefined {
  const own = knownSections.find((known) => known.section === section);
  if (own !== undefined) return own.settings;
  const scheme = schemeOfSection(section);
  const specs = Object.hasOwn(backends, scheme) ? backends[scheme] : undefined;
  if (specs === undefined) return undefined;
  const declared = new Set(specs.map(({ name }) => name));
  return [...specs, ...destinationSpecs.filter(({ name }) => !declared.has(name))];
}
