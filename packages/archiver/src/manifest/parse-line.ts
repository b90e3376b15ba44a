import { memberPathProblem } from "../tar/check-member.ts";
import { parseIsoTime } from "./iso-time.ts";
import { FieldProblem, type JsonFields } from "./json-fields.ts";
import type { ManifestHeader, ManifestLine, ManifestPart } from "./manifest-line.ts";

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u;
const createdPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/u;
const modePattern = /^[0-7]{4}$/u;

function pathField(fields: JsonFields, key: string): string {
  const path = fields.name(key);
  const problem = memberPathProblem(path);
  if (problem !== undefined) throw new FieldProblem(`"${key}" is no path of a pack: ${problem}`);
  return path;
}

function stamp(fields: JsonFields): { mtimeNs: bigint; mode: number; uid: number; gid: number } {
  const mtimeNs = parseIsoTime(fields.text("mtime"));
  if (mtimeNs === undefined) throw new FieldProblem('"mtime" is not a time');
  const mode = fields.text("mode");
  if (!modePattern.test(mode)) throw new FieldProblem('"mode" is not four octal digits');
  const uid = fields.integer("uid", 0);
  return { mtimeNs, mode: Number.parseInt(mode, 8), uid, gid: fields.integer("gid", 0) };
}

function content(fields: JsonFields): { sizeBytes: number; sha256: string; inode?: number } {
  const sizeBytes = fields.integer("size", 0);
  const sha256 = fields.sha256("sha256");
  return fields.has("inode")
    ? { sizeBytes, sha256, inode: fields.integer("inode", 0) }
    : { sizeBytes, sha256 };
}

function part(fields: JsonFields): { part?: ManifestPart } {
  if (!fields.has("part")) {
    if (fields.has("whole")) throw new FieldProblem('"whole" stands without "part"');
    return {};
  }
  const slice = fields.object("part");
  const of = slice.integer("of", 1);
  const n = slice.integer("n", 1);
  if (n > of) throw new FieldProblem('"part" has a number above its count');
  const from = fields.object("whole");
  const whole = { path: pathField(from, "path"), sizeBytes: from.integer("size", 0) };
  if (n === of) return { part: { n, of, whole: { ...whole, sha256: from.sha256("sha256") } } };
  if (from.has("sha256")) throw new FieldProblem("a digest of the whole is not on the last slice");
  return { part: { n, of, whole } };
}

function stored(fields: JsonFields): { storedBytes?: number } {
  if (fields.flag("sparse") !== fields.has("stored")) {
    throw new FieldProblem('"sparse" and "stored" do not stand together');
  }
  return fields.has("stored") ? { storedBytes: fields.integer("stored", 0) } : {};
}

/** Version of the format that the first line names. @throws FieldProblem */
export function manifestVersion(fields: JsonFields): number {
  return fields.integer("manifest", 1);
}

/** The first line. @throws FieldProblem */
export function parseHeader(fields: JsonFields): ManifestHeader {
  const archive = fields.text("archive");
  if (!uuidPattern.test(archive)) throw new FieldProblem('"archive" is not a UUID');
  const created = fields.text("created");
  if (!createdPattern.test(created) || Number.isNaN(Date.parse(created))) {
    throw new FieldProblem('"created" is not a time');
  }
  return { archive, run: fields.integer("run", 1), pack: fields.integer("pack", 1), created };
}

/** A line behind the first; undefined when its type is unknown and it is marked optional. @throws FieldProblem */
export function parseLine(fields: JsonFields): ManifestLine | undefined {
  const type = fields.text("type");
  switch (type) {
    case "file":
      return {
        type,
        path: pathField(fields, "path"),
        ...content(fields),
        ...stamp(fields),
        offset: fields.integer("offset", 0),
        ...stored(fields),
        ...part(fields),
        ...(fields.flag("torn") ? { torn: true } : {}),
      };
    case "hardlink":
      return {
        type,
        path: pathField(fields, "path"),
        link: pathField(fields, "link"),
        ...(fields.flag("same") ? { same: true } : {}),
        ...content(fields),
        ...stamp(fields),
        ...part(fields),
      };
    case "directory":
      return { type, path: pathField(fields, "path"), ...stamp(fields) };
    case "symlink":
      return {
        type,
        path: pathField(fields, "path"),
        target: fields.name("target"),
        ...stamp(fields),
      };
    case "deleted":
      return { type, path: pathField(fields, "path") };
    case "metadata":
      return { type, path: pathField(fields, "path"), ...content(fields), ...stamp(fields) };
    default:
      if (fields.flag("optional")) return undefined;
      throw new FieldProblem(`it has the unknown type ${JSON.stringify(type.slice(0, 40))}`);
  }
}
