import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ColdstowError, errnoOf, fromSystemError } from "@coldstow/contracts";
import { parseTariff } from "./parse-tariff.ts";
import type { Tariff } from "./tariff.ts";

/** The price lists that are known, by id. */
export interface Tariffs {
  find(id: string): Tariff | undefined;
  /** All of them, by id. */
  all(): readonly Tariff[];
}

/** Where the price lists lie that come with coldstow. */
export const bundledTariffs: string = fileURLToPath(new URL("../../tariffs/", import.meta.url));

const mostBytes = 1024 * 1024;

/**
 * Reads the price lists that come with coldstow, and a person's own, which replace those of the same
 * id; later ones replace earlier ones.
 * @param folders of `*.json` files; one that is not there holds none
 * @param named files or folders that must be there
 * @throws {E_CONFIG} naming the file and the field that is wrong
 * @throws {E_NOT_FOUND} if a named one is not there
 */
export async function readTariffs(
  folders: readonly string[],
  named: readonly string[] = [],
): Promise<Tariffs> {
  const found = new Map<string, Tariff>();
  const add = async (files: readonly string[]): Promise<void> => {
    for (const file of files) {
      const tariff = await readTariff(file);
      found.set(tariff.id, tariff);
    }
  };
  for (const folder of [bundledTariffs, ...folders]) await add(await filesIn(folder, true));
  for (const place of named) await add(await filesAt(place));
  return {
    find: (id) => found.get(id),
    all: () => [...found.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

async function filesAt(place: string): Promise<readonly string[]> {
  const stats = await stat(place).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") {
      throw new ColdstowError("E_NOT_FOUND", `There is no price list ${place}.`, {
        subject: place,
      });
    }
    throw fromSystemError(error, "Looking for price lists", place);
  });
  return stats.isDirectory() ? filesIn(place, false) : [place];
}

async function filesIn(folder: string, mayLack: boolean): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith(".json"))
      .toSorted()
      .map((name) => join(folder, name));
  } catch (error) {
    const known = fromSystemError(error, "Reading price lists", folder);
    if (mayLack && known.code === "E_NOT_FOUND") return [];
    throw known;
  }
}

async function readTariff(file: string): Promise<Tariff> {
  try {
    const { size } = await stat(file);
    if (size > mostBytes) {
      throw new ColdstowError("E_CONFIG", `${file} is too long for a price list.`, {
        subject: file,
      });
    }
    return parseTariff(await readFile(file, "utf8"), file);
  } catch (error) {
    throw fromSystemError(error, "Reading a price list", file);
  }
}
