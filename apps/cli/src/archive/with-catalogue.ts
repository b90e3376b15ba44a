import { existsSync } from "node:fs";
import type { Catalogue } from "@coldstow/catalogue";
import { ColdstowError } from "@coldstow/contracts";

/**
 * Opens an archive, gives its catalogue to `use`, and closes it whatever happens.
 * @throws {E_NOT_FOUND} if there is no such file
 * @throws {E_FORMAT | E_OLD_FORMAT | E_NEWER_FORMAT | E_CORRUPT | E_LOCKED}
 */
export async function withCatalogue<T>(
  path: string,
  options: { readonly readOnly: boolean },
  use: (catalogue: Catalogue) => Promise<T>,
): Promise<T> {
  if (!existsSync(path)) {
    throw new ColdstowError("E_NOT_FOUND", `there is no archive ${path}`, {
      subject: path,
      hint: "Check the name; coldstow start makes a new archive.",
    });
  }
  const [{ Catalogue: Archive }, { openNodeDriver }] = await Promise.all([
    import("@coldstow/catalogue"),
    import("@coldstow/catalogue/node"),
  ]);
  const driver = openNodeDriver(path, { readOnly: options.readOnly });
  try {
    const catalogue = await Archive.open(driver, options);
    return await use(catalogue);
  } finally {
    driver.close();
  }
}
