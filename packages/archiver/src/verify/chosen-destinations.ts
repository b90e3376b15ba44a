import { ColdstowError } from "@coldstow/contracts";
import type { Archive, OpenDestination } from "../archive/archive.ts";

/**
 * The archive's destinations with these names, or all of them.
 * @throws {E_NOT_FOUND} naming one that the archive does not have, or that nothing was stored at
 */
export function chosenDestinations(
  archive: Archive,
  names: readonly string[] | undefined,
): readonly OpenDestination[] {
  if (names === undefined) return archive.destinations;
  return [...new Set(names)].map((name) => {
    const found = archive.destinations.find((one) => one.name === name);
    if (found !== undefined) return found;
    if (archive.settings.destinations.some((one) => one.name === name)) {
      throw new ColdstowError(
        "E_NOT_FOUND",
        `Nothing of ${archive.path} was stored at ${name} yet. Nothing was done.`,
        { subject: name, hint: `Store it there first: coldstow resume ${archive.path}` },
      );
    }
    const known = archive.destinations.map((one) => one.name).join(", ");
    throw new ColdstowError(
      "E_NOT_FOUND",
      `${archive.path} has no destination "${name}"; it has ${known}. Nothing was done.`,
      { subject: name },
    );
  });
}
