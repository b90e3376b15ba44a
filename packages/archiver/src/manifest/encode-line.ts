import { ColdstowError, displayPath, isUtf8Name, nameToBytes } from "@coldstow/contracts";
import { memberPathProblem } from "../tar/check-member.ts";
import { formatIsoTime } from "./iso-time.ts";
import type {
  ManifestFile,
  ManifestHardlink,
  ManifestHeader,
  ManifestLine,
  ManifestMetadata,
  ManifestPart,
} from "./manifest-line.ts";

/** `"key":"text"`, and for names that are not UTF-8 the bytes beside the display form. */
function nameField(key: string, name: string): string {
  if (isUtf8Name(name)) return `"${key}":${JSON.stringify(name)}`;
  const base64 = Buffer.from(nameToBytes(name)).toString("base64");
  return `"${key}":${JSON.stringify(displayPath(name))},"${key}_b64":"${base64}"`;
}

function partFields(part: ManifestPart | undefined): string {
  if (part === undefined) return "";
  const { n, of, whole } = part;
  const digest = whole.sha256 === undefined ? "" : `,"sha256":"${whole.sha256}"`;
  const name = nameField("path", whole.path);
  return `,"part":{"n":${n},"of":${of}},"whole":{${name},"size":${whole.sizeBytes}${digest}}`;
}

function stampFields(line: Exclude<ManifestLine, { type: "deleted" }>): string {
  const mode = line.mode.toString(8).padStart(4, "0");
  return `,"mtime":"${formatIsoTime(line.mtimeNs)}","mode":"${mode}","uid":${line.uid},"gid":${line.gid}`;
}

function contentFields(line: ManifestFile | ManifestHardlink | ManifestMetadata): string {
  const inode = line.inode === undefined ? "" : `,"inode":${line.inode}`;
  return `,"size":${line.sizeBytes},"sha256":"${line.sha256}"${stampFields(line)}${inode}`;
}

function restOf(line: ManifestLine): string {
  if (line.type === "deleted") return "";
  if (line.type === "directory") return stampFields(line);
  if (line.type === "symlink") return `,${nameField("target", line.target)}${stampFields(line)}`;
  if (line.type === "metadata") return contentFields(line);
  if (line.type === "hardlink") {
    const same = line.same === true ? ',"same":true' : "";
    return `,${nameField("link", line.link)}${same}${contentFields(line)}${partFields(line.part)}`;
  }
  const sparse =
    line.storedBytes === undefined ? "" : `,"stored":${line.storedBytes},"sparse":true`;
  const torn = line.torn === true ? ',"torn":true' : "";
  return `${contentFields(line)},"offset":${line.offset}${sparse}${partFields(line.part)}${torn}`;
}

/** The first line of a manifest, with its line feed (docs/formats/manifest.md, "Header"). */
export function encodeManifestHeader(header: ManifestHeader): string {
  const { archive, run, pack, created } = header;
  return `${JSON.stringify({ manifest: 1, archive, run, pack, created })}\n`;
}

/**
 * One line of a manifest, with its line feed (docs/formats/manifest.md, "Lines"). The same line gives
 * the same text.
 *
 * @throws {E_INTERNAL} for a path that no pack may hold, or a time outside 1677 to 2262
 */
export function encodeManifestLine(line: ManifestLine): string {
  const problem = memberPathProblem(line.path);
  if (problem !== undefined) {
    throw new ColdstowError(
      "E_INTERNAL",
      `The entry ${displayPath(line.path)} cannot be written to a manifest: ${problem}. Nothing of it was written.`,
      { subject: displayPath(line.path) },
    );
  }
  return `{"type":"${line.type}",${nameField("path", line.path)}${restOf(line)}}\n`;
}
