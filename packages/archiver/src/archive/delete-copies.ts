import { ColdstowError } from "@coldstow/contracts";
import { deleteArchive, type DeleteOptions, type DeleteReport } from "../delete/index.ts";
import type { BackendAccess } from "./backend-access.ts";
import { withCatalogueCopy } from "./catalogue-copy.ts";
import { openArchive } from "./open-archive.ts";

export interface DeleteCopiesOptions extends DeleteOptions {
  readonly path: string;
  readonly backends: BackendAccess;
  /** Called when the archive is open, before anything is deleted; what it throws stops it. */
  readonly confirm: (facts: DeletionFacts) => Promise<void>;
}

/** What is about to be deleted, for the question. */
export interface DeletionFacts {
  readonly name: string;
  readonly destinations: readonly string[];
  readonly packs: number;
  /** Of the packs, one copy counted. */
  readonly bytes: number;
}

/**
 * Deletes an archive's copies at its destinations; the catalogue stays and says so.
 * @throws what `openArchive`, `confirm` and `deleteArchive` throw
 */
export async function deleteCopies(options: DeleteCopiesOptions): Promise<DeleteReport> {
  const archive = await openArchive(options.path, { ...options, access: "check" });
  try {
    const { catalogue, destinations, unreachable } = archive;
    const asked = unreachable.find(({ name }) => options.destinations?.includes(name) === true);
    if (asked !== undefined) throw asked.error;
    const chosen = destinations.filter(
      ({ name }) => options.destinations === undefined || options.destinations.includes(name),
    );
    await options.confirm({
      name: (await catalogue.meta("name")) ?? "",
      destinations: chosen.map(({ name, title }) => `${name} (${title})`),
      ...(await catalogue.packTotals()),
    });
    return await deleteArchive(archive, options);
  } finally {
    await archive.close();
  }
}

/**
 * What `deleteCopies` would delete, from a copy of the catalogue; no destination is asked.
 * @throws {E_NOT_FOUND} if there is no such archive, or it has no such destination
 */
export async function planDeletion(
  options: Pick<DeleteCopiesOptions, "path" | "destinations">,
): Promise<DeletionFacts> {
  return withCatalogueCopy(options.path, async (catalogue) => {
    const active = (await catalogue.destinations()).filter(({ state }) => state === "active");
    const names = active.map(({ name }) => name);
    const unknown = options.destinations?.find((name) => !names.includes(name));
    if (unknown !== undefined) {
      const message = `${options.path} has no destination "${unknown}"; it has ${names.join(", ")}.`;
      throw new ColdstowError("E_NOT_FOUND", message, { subject: unknown });
    }
    return {
      name: (await catalogue.meta("name")) ?? "",
      destinations: options.destinations ?? names,
      ...(await catalogue.packTotals()),
    };
  });
}
