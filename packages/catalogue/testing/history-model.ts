import { nameToBytes } from "@coldstow/contracts";
import fc from "fast-check";

/** One run's changes: a file's new text, or undefined where it is deleted. */
export type Changes = ReadonlyMap<string, string | undefined>;
/** What lies where after a run. */
export type Snapshot = ReadonlyMap<string, string>;

const folder = fc.constantFrom("d", "e é", "f\uDCFF\uDC80");
const file = fc.constantFrom("a.jpg", "b", "%_", "\uDCE9t\uDCE9.JPG", "\u{1F600}");
const path = fc
  .tuple(fc.array(folder, { maxLength: 3 }), file)
  .map(([folders, name]) => [...folders, name].join("/"));
const text = fc.option(fc.constantFrom("one", "two", "three", "a longer text"), {
  nil: undefined,
  freq: 3,
});

/** Random histories: up to five runs of up to eight changes. */
export const histories: fc.Arbitrary<Changes[]> = fc.array(
  fc.array(fc.tuple(path, text), { maxLength: 8 }).map((pairs) => new Map(pairs)),
  { minLength: 1, maxLength: 5 },
);

/** The snapshots after run 1, 2, …; that before any run is at index 0. */
export function snapshots(history: readonly Changes[]): Snapshot[] {
  const result: Snapshot[] = [new Map()];
  for (const changes of history) {
    const next = new Map(result.at(-1));
    for (const [at, value] of changes) {
      if (value === undefined) next.delete(at);
      else next.set(at, value);
    }
    result.push(next);
  }
  return result;
}

/** Files and the folders on the way to them: a folder before what it holds, names in byte order. */
export function tree(snapshot: Snapshot): string[] {
  const all = new Set<string>();
  for (const at of snapshot.keys()) {
    const names = at.split("/");
    for (let depth = 1; depth <= names.length; depth += 1) all.add(names.slice(0, depth).join("/"));
  }
  return [...all].toSorted(byNames);
}

function byNames(a: string, b: string): number {
  const [as, bs] = [a.split("/"), b.split("/")];
  for (let at = 0; at < Math.min(as.length, bs.length); at += 1) {
    const order = Buffer.compare(nameToBytes(as[at] ?? ""), nameToBytes(bs[at] ?? ""));
    if (order !== 0) return order;
  }
  return as.length - bs.length;
}
