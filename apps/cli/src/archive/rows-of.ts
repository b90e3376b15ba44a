import type { Page } from "@coldstow/catalogue";

/** The rows of all pages, one at a time; memory holds one page. */
export async function* rowsOf<Row, Cursor>(
  page: (after: { after?: Cursor }) => Promise<Page<Row, Cursor>>,
): AsyncGenerator<Row> {
  let after: { after?: Cursor } = {};
  while (true) {
    const { rows, next } = await page(after);
    yield* rows;
    if (next === undefined) return;
    after = { after: next };
  }
}
