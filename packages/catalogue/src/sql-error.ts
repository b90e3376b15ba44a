import { ColdstowError, isColdstowError, type ErrorCode } from "@coldstow/contracts";

/** SQLite's primary result codes (sqlite.org/rescode.html) that mean something to a user. */
const codeOfResult: Readonly<Record<number, ErrorCode>> = {
  3: "E_PERMISSION",
  5: "E_LOCKED",
  6: "E_LOCKED",
  8: "E_READ_ONLY",
  10: "E_IO",
  11: "E_CORRUPT",
  13: "E_NO_SPACE",
  14: "E_IO",
  26: "E_FORMAT",
};

/** The texts of `sqlite3_errstr`, for engines that give no number. */
const resultOfText: readonly (readonly [string, number])[] = [
  ["database is locked", 5],
  ["database table is locked", 6],
  ["readonly database", 8],
  ["disk I/O error", 10],
  ["malformed", 11],
  ["disk is full", 13],
  ["unable to open database file", 14],
  ["file is not a database", 26],
];

function resultOf(error: unknown, text: string): number {
  const code = (error as { errcode?: unknown } | null | undefined)?.errcode;
  if (typeof code === "number") return code & 0xff;
  return resultOfText.find(([part]) => text.includes(part))?.[1] ?? 1;
}

/**
 * Gives an error of SQLite its place in the error table; an error that has one keeps it.
 * @param subject the catalogue's path, where it has one
 */
export function fromSqlError(error: unknown, subject?: string): ColdstowError {
  if (isColdstowError(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = codeOfResult[resultOf(error, text)] ?? "E_INTERNAL";
  return new ColdstowError(code, `the catalogue could not be read or written: ${text}`, {
    ...(subject === undefined ? {} : { subject }),
    cause: error,
  });
}
