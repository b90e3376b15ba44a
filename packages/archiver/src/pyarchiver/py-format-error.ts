import { ColdstowError, isColdstowError } from "@coldstow/contracts";

/** The error for a file of pyArchiver that does not hold what its format says. */
export function pyFormatError(what: string, cause?: unknown): ColdstowError {
  return new ColdstowError(
    "E_FORMAT",
    `This is not a whole archive of pyArchiver: ${what}. Nothing was changed.`,
    {
      hint: "The tars at the destination do not need it: coldstow decrypt SRC DEST.",
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/**
 * Runs a query on a database that a stranger may have made: what SQLite says of a damaged one becomes
 * `E_FORMAT`, what it says of disk and rights stays.
 */
export function asPyFormat<T>(query: () => T): T {
  try {
    return query();
  } catch (error) {
    if (isColdstowError(error) && !["E_CORRUPT", "E_INTERNAL"].includes(error.code)) throw error;
    throw pyFormatError(error instanceof Error ? error.message : String(error), error);
  }
}
