import { ColdstowError, errnoOf, fromSystemError } from "@coldstow/contracts";

/**
 * Gives a file system's error its place in the error table, with the file systems' peculiarities:
 * a folder that vanished or a path that became something else is a fault of the disk (`E_IO`), never
 * an object that is not there.
 */
export function localError(error: unknown, doing: string, path: string): ColdstowError {
  const reason = error instanceof Error ? error.message : String(error);
  const told = (code: "E_IO" | "E_CONFIG" | "E_NO_SPACE", hint: string): ColdstowError =>
    new ColdstowError(code, `${doing} failed: ${reason}`, { subject: path, hint, cause: error });
  switch (errnoOf(error) ?? "") {
    case "ENOENT":
    case "ENOTDIR":
    case "ESTALE":
    case "ENXIO":
    case "ENODEV":
      return told("E_IO", "Look whether the disk is still connected, then run the command again.");
    case "ENAMETOOLONG":
      return told("E_CONFIG", "Choose a folder with a shorter path.");
    case "EFBIG":
      return told(
        "E_NO_SPACE",
        "The file system or a limit refuses a file this long: choose smaller packs (FAT32 ends at 4 GiB).",
      );
    default:
      return fromSystemError(error, doing, path);
  }
}

/** Something stands where the object or its folder would. */
export function inTheWay(path: string): ColdstowError {
  return new ColdstowError("E_EXISTS", `${path} is in the way; it was left as it is`, {
    subject: path,
    hint: "Move it away, or choose another folder as destination.",
  });
}

/** Something that is neither a file nor a folder carries an object's name. */
export function notAFile(path: string, what: string): ColdstowError {
  return new ColdstowError(
    "E_FORMAT",
    `${path} is ${what}, which a destination never holds; it was not followed`,
    { subject: path, hint: "Put the file or folder itself there, or move the name away." },
  );
}

/** True for an error that says that nothing of that name is there. */
export function isAbsence(error: unknown): boolean {
  return errnoOf(error) === "ENOENT";
}
