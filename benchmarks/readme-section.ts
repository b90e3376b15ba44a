import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("README.md", import.meta.url);

/** Replaces what stands between the markers of one benchmark in README.md. */
export function writeReadmeSection(name: string, text: string): void {
  const [start, end] = [`<!-- results:${name}:start -->`, `<!-- results:${name}:end -->`];
  const readme = readFileSync(file, "utf8");
  const from = readme.indexOf(start);
  const to = readme.indexOf(end);
  if (from === -1 || to < from) throw new Error(`README.md has no place for ${name}`);
  const before = readme.slice(0, from + start.length);
  writeFileSync(file, `${before}\n\n${text.trim()}\n\n${readme.slice(to)}`);
}
