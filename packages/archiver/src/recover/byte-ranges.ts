const mostRanges = 1000;

/** Ranges of bytes, ascending and joined; where there are very many, neighbours are taken together. */
export class ByteRanges {
  #ranges: [start: number, end: number][] = [];

  add(start: number, end: number): void {
    if (start >= end) return;
    const last = this.#ranges.at(-1);
    if (last !== undefined && last[1] === start) last[1] = end;
    else this.#ranges.push([start, end]);
    if (this.#ranges.length > mostRanges) this.#thin();
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** Half-open, ascending, apart from each other. */
  all(): readonly (readonly [start: number, end: number])[] {
    const sorted = this.#ranges.toSorted((a, b) => a[0] - b[0]);
    const joined: [number, number][] = [];
    for (const [start, end] of sorted) {
      const last = joined.at(-1);
      if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
      else joined.push([start, end]);
    }
    return joined;
  }

  /** Bytes in them. */
  get length(): number {
    return this.all().reduce((sum, [start, end]) => sum + end - start, 0);
  }

  #thin(): void {
    const joined = this.all();
    this.#ranges = [];
    for (let at = 0; at < joined.length; at += 2) {
      const [start, end] = joined[at] ?? [0, 0];
      this.#ranges.push([start, joined[at + 1]?.[1] ?? end]);
    }
  }
}

const shown = 5;

/** "100-200, 300-400 and 7 more": for people, the end included. */
export function describeRanges(ranges: readonly (readonly [number, number])[]): string {
  const texts = ranges.slice(0, shown).map(([start, end]) => `${start}-${end - 1}`);
  const more = ranges.length - shown;
  return `${texts.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
