const remembered = 64;

/**
 * Finds out how many bytes of tar are missing where a compressed pack lost frames. How many frames a
 * damaged place held cannot be seen from it, but the manifest says where each member's data begin: a
 * member behind the gap that seems to lie elsewhere tells how far off the gap's length is. Memory: a few
 * members a gap.
 */
export class GapMeter {
  readonly #assumed: number[] = [];
  readonly #shiftBehind: (number | undefined)[] = [];
  readonly #seen = new Map<string, { readonly gap: number; readonly offset: number }>();
  #sinceGap = 0;

  /** A gap was met, for which so many bytes were assumed. */
  gap(assumedBytes: number): void {
    this.#assumed.push(assumedBytes);
    this.#shiftBehind.push(undefined);
    this.#sinceGap = 0;
  }

  /** A member was met whose data begin there, if all assumptions are right. */
  member(path: string, offset: number): void {
    if (this.#assumed.length === 0 || this.#sinceGap >= remembered) return;
    this.#sinceGap += 1;
    this.#seen.set(path, { gap: this.#assumed.length - 1, offset });
  }

  /** The manifest says that the member's data begin there. */
  line(path: string, offset: number): void {
    const seen = this.#seen.get(path);
    if (seen !== undefined) this.#shiftBehind[seen.gap] ??= offset - seen.offset;
  }

  /** How much longer the whole tar is than was assumed. */
  get shift(): number {
    return this.#shiftBehind.findLast((shift) => shift !== undefined) ?? 0;
  }

  get gapBytes(): readonly number[] {
    let before = 0;
    return this.#assumed.map((assumed, gap) => {
      const behind = this.#shiftBehind[gap];
      if (behind === undefined) return assumed;
      const bytes = assumed + behind - before;
      before = behind;
      return Math.max(0, bytes);
    });
  }
}
