import { ColdstowError } from "./coldstow-error.ts";

/** The name of a stored object: segments of `a-z 0-9 . _ -` joined by `/`, 512 bytes at most. */
export type ObjectKey = string & { readonly __objectKey: true };

const segment = /^[a-z0-9_][a-z0-9._-]*$/;
const maxKeyLength = 512;
const maxSegmentLength = 128;

/**
 * Checks a name and brands it.
 *
 * A segment starts with a letter, a digit or `_`, so `.`, `..` and hidden names cannot occur, and
 * ends neither in `.` nor in `.partial`: backends keep the latter for uploads in progress.
 * @throws {E_BAD_KEY} for every other name
 */
export function objectKey(name: string): ObjectKey {
  const ok =
    name.length > 0 &&
    name.length <= maxKeyLength &&
    name
      .split("/")
      .every(
        (part) =>
          part.length <= maxSegmentLength &&
          segment.test(part) &&
          !part.endsWith(".") &&
          !part.endsWith(".partial"),
      );
  if (!ok) {
    throw new ColdstowError("E_BAD_KEY", `${JSON.stringify(name)} is not an object key`, {
      subject: name,
    });
  }
  return name as ObjectKey;
}

/** True where {@link objectKey} would not throw. */
export function isObjectKey(name: string): name is ObjectKey {
  try {
    objectKey(name);
    return true;
  } catch {
    return false;
  }
}
