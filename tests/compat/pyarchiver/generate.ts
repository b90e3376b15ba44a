/**
 * Writes pyArchiver archives of every form that exists, from the description of the format alone.
 * `node tests/compat/pyarchiver/generate.ts DIR [--variant v2] [--password WORD] [--hostile]`
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { aesFile } from "./aes-file.ts";
import type { ArchiveContent, Variant } from "./archive-file.ts";
import { variants, writeArchiveFile } from "./archive-file.ts";
import type { TarMember } from "./python-tar.ts";
import { pythonGzip, pythonTar } from "./python-tar.ts";
import type { SampleFile } from "./sample-files.ts";
import { hostileMembers, samplePending, sampleRuns } from "./sample-files.ts";
import { stateJson } from "./state-json.ts";

/** What to write. Everything has a default. */
export interface PyarchiverOptions {
  /** "v2" unless told. */
  variant?: Variant;
  /** The archive's name, "photos" unless told. */
  name?: string;
  /** Latin-1. Without one the tars are not ciphered. */
  password?: string;
  /** The archived directory, absolute; `/home/user/Bilder ü` unless told, `C:\…` on Windows. */
  root?: string;
  /** What member names start with instead of the root without its slash, such as `../Bilder`. */
  memberPrefix?: string;
  /** The files of each tar in the order of time; three runs with a changed and a deleted file unless told. */
  runs?: readonly (readonly SampleFile[])[];
  /** Files that were seen and are not sent; two unless told. */
  pending?: readonly SampleFile[];
  /** Whether the queue names files by absolute path, as unless told, or relative to the root. */
  queuePaths?: "absolute" | "relative";
  /** Adds a last tar of members that must stay inside, and one name twice in a tar. */
  hostile?: boolean;
  /** Paths with backslashes, as pyArchiver wrote them on Windows. */
  windows?: boolean;
  /** The state says that nothing was ever scanned: `"files": []`. */
  synthetic?: boolean;
}

/** What lies on disk and what a correct reader must find in it. */
export interface PyarchiverArchive {
  /** `DIR/NAME.archive`. */
  archiveFile: string;
  /** `DIR/repository`, with the tars. */
  repository: string;
  /** The names of the tars, in order. */
  tars: string[];
  root: string;
  /** What honest member names start with, without a slash at the end. */
  memberPrefix: string;
  /** Relative path with `/` → the last version that was sent, of deleted files too. */
  files: Map<string, SampleFile>;
  /** Relative paths of the files that were deleted after they had been sent. */
  deleted: string[];
  /** Relative paths that wait in the queue. */
  pending: string[];
  /** Members that must not leave the destination. */
  hostile: TarMember[];
}

/** Writes `DIR/NAME.archive` and `DIR/repository/ARCHIVE_…`; `dir` exists. */
export async function generatePyarchiver(
  dir: string,
  options: PyarchiverOptions = {},
): Promise<PyarchiverArchive> {
  const { variant = "v2", name = "photos", runs = sampleRuns, pending = samplePending } = options;
  const windows = options.windows === true;
  const root = options.root ?? (windows ? String.raw`C:\Users\ü\Bilder` : "/home/user/Bilder ü");
  const repository = join(dir, "repository");
  mkdirSync(repository);
  const memberPrefix = options.memberPrefix ?? memberName(root);
  const hostile = options.hostile === true ? hostileMembers(memberPrefix) : [];
  const contents = runs.map((run) => run.map((file) => memberOf(memberPrefix, file)));
  if (hostile.length > 0) contents.push([...hostile, ...twice(memberPrefix)]);

  const tars = contents.map((members, at) =>
    writeTar(repository, name, at, members, options.password),
  );
  const files = new Map(runs.flat().map((file) => [file.path, file]));
  if (hostile.length > 0) files.set(twiceFile.path, twiceFile);
  const deleted = [...files.keys()].filter((path) => path.startsWith("deleted"));
  const scanned = [...files.values(), ...pending].filter(({ path }) => !deleted.includes(path));
  const native = (path: string): string => (windows ? path.replaceAll("/", "\\") : path);
  const separator = windows ? "\\" : "/";
  const content: ArchiveContent = {
    state: stateJson(
      root,
      options.synthetic === true
        ? "synthetic"
        : scanned.map((file) => ({
            path: native(file.path),
            bytes: file.content.length,
            modified: Math.max(0, Math.floor(Number(file.mtime))),
          })),
    ),
    ini: iniOf(root, name, repository, options.password),
    queue: pending.map((file) => ({
      path:
        options.queuePaths === "relative"
          ? native(file.path)
          : `${root}${separator}${native(file.path)}`,
      bytes: file.content.length,
    })),
    tars: tars.map((tar) => `${repository}/${tar}`),
    password: options.password,
    remoteDir: repository,
  };
  const archiveFile = join(dir, `${name}.archive`);
  await writeArchiveFile(archiveFile, variant, content);
  return {
    archiveFile,
    repository,
    tars,
    root,
    memberPrefix,
    files,
    deleted,
    pending: pending.map((file) => file.path),
    hostile,
  };
}

/** The root as tar names it: no drive, no slash in front, slashes forward. */
function memberName(root: string): string {
  return root
    .replace(/^[A-Za-z]:/, "")
    .replaceAll("\\", "/")
    .replace(/^\/+/, "");
}

function memberOf(prefix: string, { path, content, mtime }: SampleFile): TarMember {
  return { name: `${prefix}/${path}`, content, mtime };
}

const twiceFile: SampleFile = {
  path: "twice in a tar.txt",
  content: Buffer.from("the second wins\n"),
  mtime: "1600000200",
};

function twice(prefix: string): TarMember[] {
  const second = memberOf(prefix, twiceFile);
  return [{ ...second, content: Buffer.from("the first loses\n") }, second];
}

/** Writes one tar and returns its name. Runs lie a day apart; each has one tar, numbered 000001. */
function writeTar(
  repository: string,
  name: string,
  at: number,
  members: readonly TarMember[],
  password: string | undefined,
): string {
  const day = String(at + 1).padStart(2, "0");
  const plainName = `ARCHIVE_${name}_202001${day}-173045_000001.tar`;
  const packed = pythonGzip(pythonTar(members), plainName);
  const fileName = `${plainName}.gz${password === undefined ? "" : ".aes"}`;
  writeFileSync(join(repository, fileName), password === undefined ? packed : sealed(fileName));
  return fileName;

  function sealed(seed: string): Buffer {
    const random = createHash("sha256").update(seed).digest();
    // A counter that wraps after one block shows readers that carry into too few bytes.
    const counter = at === 0 ? Buffer.alloc(16, 0xff) : random.subarray(0, 16);
    return aesFile(packed, password ?? "", { counter, salt: random.subarray(16, 24) });
  }
}

/** A value as Python's configparser reads it back. */
function escaped(value: string): string {
  return value.replaceAll("%", "%%");
}

function iniOf(root: string, name: string, dir: string, password: string | undefined): string {
  return [
    "[Id]",
    "id_ini = pyArchiver",
    "version_ini = 1",
    "[Archive]",
    `directory = ${escaped(root)}`,
    `name = ${escaped(name)}`,
    "exclude =",
    "[Tar]",
    "size_tar = 512",
    `ciphered = ${password === undefined ? "no" : "yes"}`,
    `password = ${escaped(password ?? "")}`,
    "[Repository]",
    "type = local",
    "[Local]",
    `dir = ${escaped(dir)}`,
    "",
  ].join("\n");
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      variant: { type: "string", default: "v2" },
      password: { type: "string" },
      hostile: { type: "boolean", default: false },
      windows: { type: "boolean", default: false },
    },
  });
  const [dir] = positionals;
  const variant = variants.find((known) => known === values.variant);
  if (dir === undefined || variant === undefined) {
    throw new Error(`give a directory, and as variant one of: ${variants.join(", ")}`);
  }
  mkdirSync(dir, { recursive: true });
  const { password, hostile, windows } = values;
  const made = await generatePyarchiver(dir, {
    variant,
    hostile,
    windows,
    ...(password === undefined ? {} : { password }),
  });
  process.stdout.write(`${made.archiveFile}\n${made.tars.join("\n")}\n`);
}
