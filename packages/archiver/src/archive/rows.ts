import type { Page } from "@coldstow/catalogue";

/** Every row of what comes in pages. */
export async function* rows<Row, Cursor>(
  page: (options: { readonly after?: Cursor }) => Promise<Page<Row, Cursor>>,
): AsyncGenerator<Row, void, undefined> {
  for (let options: { readonly after?: Cursor } = {}; ;) {
    const { rows: found, next } = await page(options);
    yield* found;
    if (next === undefined) return;
    options = { after: next };
  }
}
