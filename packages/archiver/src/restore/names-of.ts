import type { CatalogueEntry, Selection } from "@coldstow/catalogue";
import type { RestoreName } from "./restore-job.ts";

/** Every selected name of a content, in the order of the catalogue. O(names). */
export async function namesOf(selection: Selection, content: number): Promise<RestoreName[]> {
  const names: RestoreName[] = [];
  for (let after: number | undefined; ;) {
    const page = await selection.filesOf(content, after === undefined ? {} : { after });
    for (const entry of page.rows) names.push(nameOf(entry));
    if (page.next === undefined) return names;
    after = page.next;
  }
}

function nameOf(entry: CatalogueEntry): RestoreName {
  const { path, mode, mtimeNs, linkGroup } = entry;
  return { path, mode, mtimeNs, linkGroup };
}
