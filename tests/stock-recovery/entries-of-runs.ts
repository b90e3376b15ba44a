import { Catalogue, type CatalogueEntry } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";

/** What the catalogue says of every entry of a run, as text that sorts and compares. */
export async function entriesOfRun(path: string, run: number): Promise<string[]> {
  const catalogue = await Catalogue.open(openNodeDriver(path, { readOnly: true }));
  try {
    const selection = await catalogue.openSelection({ run });
    const found: string[] = [];
    for (const list of ["files", "symlinks"] as const) {
      for (let after: number | undefined, more = true; more;) {
        const page = await selection[list](after === undefined ? {} : { after });
        found.push(...page.rows.map(describe));
        after = page.next;
        more = after !== undefined;
      }
    }
    for (let after: { depth: number; id: number } | undefined, more = true; more;) {
      const page = await selection.directories(after === undefined ? {} : { after });
      found.push(...page.rows.map(describe));
      after = page.next;
      more = after !== undefined;
    }
    await selection.close();
    return found.toSorted();
  } finally {
    await catalogue.close();
  }
}

function describe(entry: CatalogueEntry): string {
  const { path, kind, sizeBytes, mtimeNs, mode, uid, gid, target } = entry;
  const sha256 = entry.sha256 === null ? "" : Buffer.from(entry.sha256).toString("hex");
  const facts = [
    path,
    kind,
    sizeBytes,
    mtimeNs,
    mode,
    uid,
    gid,
    sha256,
    target,
    entry.firstRun,
    entry.endRun,
  ];
  return facts.map((fact) => JSON.stringify(String(fact))).join(" ");
}
