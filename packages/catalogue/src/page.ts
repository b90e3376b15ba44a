/** Some rows, and where to go on: pass `next` as `after`; undefined when there are no more. */
export interface Page<T, C> {
  readonly rows: readonly T[];
  readonly next: C | undefined;
}

const defaultLimit = 1000;
const highestLimit = 10_000;

/** The number of rows of a page: 1000 unless told, 1 to 10,000. */
export function pageLimit(limit: number | undefined): number {
  return Math.min(highestLimit, Math.max(1, Math.floor(limit ?? defaultLimit)));
}

/** A page from up to `limit + 1` rows: the one too many tells that there are more. */
export function pageOf<T, C>(
  rows: readonly T[],
  limit: number,
  cursor: (last: T) => C,
): Page<T, C> {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return { rows: kept, next: rows.length > limit && last !== undefined ? cursor(last) : undefined };
}
