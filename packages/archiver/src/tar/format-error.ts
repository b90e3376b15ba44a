import { ColdstowError } from "@coldstow/contracts";

/** The error for a tar that does not hold what it should. `offset` is counted in the uncompressed tar. */
export function tarFormatError(offset: number, what: string): ColdstowError {
  return new ColdstowError(
    "E_FORMAT",
    `The tar cannot be read further than byte ${offset}: ${what}. What came before is whole.`,
    { hint: "Repair the pack from another copy, or save what is whole with coldstow recover." },
  );
}
