import { ColdstowError } from "@coldstow/contracts";
import type { Archive, OpenDestination } from "../archive/archive.ts";

/**
 * The archive's destinations with these names, or all of them.
 * @throws {E_NOT_FOUND} naming one that the archive does not have
 */
export function chosenDestinations(
  archive: Archive,
  names: readonly string[] | undefined,
): readonly OpenDestination[] {
  if (names === undefined) return archive.destinations;
  return [...new Set(names)].map((name) => {
    const found = archive.destinations.find((one) => one.name === name);
    if (found !== undefined) return found;
    const known = archive.destinations.map((one) => one.name).join(", ");
    throw new ColdstowError(
      "E_NOT_FOUND",
      `${archive.path} has no destination "${name}"; it has ${known}. Nothing was done.`,
      { subject: name },
    );
  });
}
