/**
 * Calls `work` for every item, at most `lanes` at once, and gives the results in the items' order.
 * After the first error no further item is begun; it is thrown when those under way have ended.
 */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      if (failed) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(
    Array.from({ length: Math.min(lanes, items.length) }, lane),
  );
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return results;
}
