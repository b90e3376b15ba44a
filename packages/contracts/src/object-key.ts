import { ColdstowError } from "./coldstow-error.ts";

/**
 * The name of a stored object (docs/formats/destination.md, section 1): segments of `a-z 0-9 . _ -`
 * joined by `/`, 512 bytes at most.
 */
export type ObjectKey = string & { readonly __objectKey: true };

/** The one key with capitals, since a person who knows nothing of coldstow must see it first. */
export const recoveryNoteKey: ObjectKey = "README-RECOVERY.txt" as ObjectKey;

const segment = /^[a-z0-9_][a-z0-9._-]*$/;
/** Windows opens a device, not a file, under these names, whatever follows the first dot. */
const device = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/;
const maxKeyLength = 512;
const maxSegmentLength = 128;

function isSegment(part: string): boolean {
  return (
    part.length <= maxSegmentLength &&
    segment.test(part) &&
    !device.test(part) &&
    !part.endsWith(".") &&
    !part.endsWith(".partial")
  );
}

/**
 * True where {@link objectKey} would not throw. A file system may not tell capitals from small
 * letters, so the small twin of {@link recoveryNoteKey} is no key.
 */
export function isObjectKey(name: string): name is ObjectKey {
  if (name === recoveryNoteKey) return true;
  return (
    typeof name === "string" &&
    name.length > 0 &&
    name.length <= maxKeyLength &&
    name !== recoveryNoteKey.toLowerCase() &&
    name.split("/").every(isSegment)
  );
}

/**
 * Checks a name and brands it.
 *
 * A segment starts with a letter, a digit or `_`, so `.`, `..` and hidden names cannot occur, and
 * ends neither in `.` nor in `.partial`: backends keep the latter for uploads in progress. Names
 * that Windows keeps for devices, such as `nul.txt`, are refused everywhere.
 * @throws {E_BAD_KEY} for every other name
 */
export function objectKey(name: string): ObjectKey {
  if (isObjectKey(name)) return name;
  throw new ColdstowError(
    "E_BAD_KEY",
    `${JSON.stringify(name.slice(0, 200))} is not an object key`,
    {
      subject: name.slice(0, 200),
    },
  );
}
