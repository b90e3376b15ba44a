import { ColdstowError } from "@coldstow/contracts";

/** The error for bytes that break the age format. */
export function formatError(message: string, hint?: string): ColdstowError {
  return new ColdstowError("E_FORMAT", message, {
    hint: hint ?? "Check that the file is an age file and was copied whole.",
  });
}

/** The error for sealed bytes that are not the bytes that were written. */
export function fixityError(message: string): ColdstowError {
  return new ColdstowError("E_FIXITY", message);
}

/** The error for a call that breaks a rule of this package. */
export function callError(message: string): ColdstowError {
  return new ColdstowError("E_INTERNAL", message);
}
