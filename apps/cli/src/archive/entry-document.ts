import type { CatalogueEntry } from "@coldstow/catalogue";
import { displayPath, isUtf8Name, nameToBytes } from "@coldstow/contracts";
import { size } from "../render/size.ts";
import { isoOfNs, minuteOfNs } from "../render/time.ts";

/** An entry for `--json`. `pathBase64` has the bytes of a path that is not UTF-8. */
export function entryDocument(entry: CatalogueEntry): object {
  const { path, kind, sizeBytes, mtimeNs, mode, sha256, target, unstable, firstRun, endRun } =
    entry;
  return {
    path,
    ...(isUtf8Name(path) ? {} : { pathBase64: Buffer.from(nameToBytes(path)).toString("base64") }),
    kind,
    sizeBytes,
    modifiedAt: isoOfNs(mtimeNs),
    mode: mode.toString(8).padStart(4, "0"),
    sha256,
    target,
    unstable,
    firstRun,
    endRun,
  };
}

function named(entry: CatalogueEntry): string {
  const name = displayPath(entry.path);
  if (entry.kind === "directory") return `${name}/`;
  return entry.target === null ? name : `${name} -> ${displayPath(entry.target)}`;
}

/** An entry for people; with `long`, its size and time stand before it. */
export function entryLine(entry: CatalogueEntry, long: boolean): string {
  if (!long) return named(entry);
  const told = entry.kind === "file" ? size(entry.sizeBytes) : "";
  const when = entry.implied ? "" : minuteOfNs(entry.mtimeNs);
  return `${told.padStart(10)}  ${when.padEnd(16)}  ${named(entry)}`;
}
