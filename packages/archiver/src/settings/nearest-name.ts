import { distance } from "fastest-levenshtein";

/**
 * The known name that was probably meant: at most a third of its letters differ, or
 * two of a short one, which covers two letters in the wrong order.
 * Undefined where none is near. Letter case does not count.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const letters = distance(wanted, candidate.toLowerCase());
    const allowed = Math.max(wanted.length < 4 ? 1 : 2, Math.floor(wanted.length / 3));
    if (letters <= allowed && letters < bestDistance) {
      best = candidate;
      bestDistance = letters;
    }
  }
  return best;
}

/** `; did you mean X?`, or nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}
