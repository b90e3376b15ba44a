import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Secret } from "./secret.ts";

function holds(bytes: Buffer, trace: Buffer): boolean {
  return bytes.includes(trace);
}

/** Everything that programs printed or wrote, by where it was found. */
export class Evidence {
  readonly #found = new Map<string, Buffer[]>();

  add(place: string, bytes: Buffer): void {
    this.#found.set(place, [...(this.#found.get(place) ?? []), bytes]);
  }

  /** Every file below a folder, but those with these paths. */
  addFolder(folder: string, except: ReadonlySet<string> = new Set()): void {
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
      const path = join(entry.parentPath, entry.name);
      this.add("file names", Buffer.from(`${path}\n`));
      if (entry.isFile() && !except.has(path)) this.add(path, readFileSync(path));
    }
  }

  get places(): readonly string[] {
    return [...this.#found.keys()];
  }

  /** Where traces of the secrets are; none is how it must be. */
  hits(secrets: readonly Secret[]): string[] {
    return [...this.#found].flatMap(([place, pieces]) => {
      const bytes = Buffer.concat(pieces);
      return secrets
        .filter(({ traces }) => traces.some((trace) => holds(bytes, trace)))
        .map(({ from }) => `the secret from ${from} is in ${place}`);
    });
  }
}
