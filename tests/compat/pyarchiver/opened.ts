import { readdirSync, readFileSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { Catalogue, type CatalogueEntry } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import type { SampleFile } from "./sample-files.ts";

/** Opens a converted archive, and closes it whatever happens. */
export async function withCatalogue<Result>(
  file: string,
  use: (catalogue: Catalogue) => Promise<Result>,
): Promise<Result> {
  const catalogue = await Catalogue.open(openNodeDriver(file));
  try {
    return await use(catalogue);
  } finally {
    await catalogue.close();
  }
}

/** The files of a run by path. */
export async function filesOf(
  catalogue: Catalogue,
  run?: number,
): Promise<Map<string, CatalogueEntry>> {
  const options = { recursive: true, limit: 1000, ...(run === undefined ? {} : { run }) };
  const { rows } = await catalogue.list("", options);
  return new Map(rows.filter(({ kind }) => kind === "file").map((entry) => [entry.path, entry]));
}

/** What the catalogue's own check finds wrong. */
export async function findingsOf(catalogue: Catalogue): Promise<string[]> {
  const messages: string[] = [];
  for await (const { message } of catalogue.integrityCheck()) messages.push(message);
  return messages;
}

/** Whole seconds as pyArchiver's state has them. */
export function stateSeconds(file: SampleFile): bigint {
  return BigInt(Math.max(0, Math.floor(Number(file.mtime))));
}

/** Every file below a folder by its relative path; anything but files and folders fails. */
export function treeOf(folder: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const walk = (below: string): void => {
    for (const name of readdirSync(join(folder, below))) {
      const path = below === "" ? name : `${below}/${name}`;
      const stats = lstatSync(join(folder, path));
      if (stats.isDirectory()) walk(path);
      else if (stats.isFile()) files.set(path, readFileSync(join(folder, path)));
      else throw new Error(`${path} is neither file nor folder`);
    }
  };
  walk("");
  return files;
}
