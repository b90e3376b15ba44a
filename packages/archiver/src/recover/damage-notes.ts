import type { PackDamage } from "./read-past-damage.ts";

const mostNotes = 10_000;

/** Keeps the damaged places of one pack, neighbours joined; of very many only the first. */
export class DamageNotes {
  readonly #notes: PackDamage[] = [];

  get all(): readonly PackDamage[] {
    return this.#notes;
  }

  add(damage: PackDamage): void {
    const last = this.#notes.at(-1);
    if (last?.reason === damage.reason && last.end === damage.start) {
      this.#notes[this.#notes.length - 1] = { ...last, end: damage.end };
    } else if (this.#notes.length < mostNotes) this.#notes.push(damage);
  }
}

const shownPlaces = 3;

/** The damage of a pack in one line for a person. */
export function describeDamage(damage: readonly PackDamage[]): string {
  const places = damage.map(describePlace);
  const more = places.length - shownPlaces;
  return `${places.slice(0, shownPlaces).join("; ")}${more > 0 ? `; and ${more} more places` : ""}.`;
}

function describePlace({ reason, start, end }: PackDamage): string {
  const words: Record<PackDamage["reason"], string> = {
    header: "the header of its envelope was damaged, and could be opened all the same",
    bytes: `bytes ${start} to ${end} of its tar are lost`,
    cut: `it ends at byte ${start} of its tar, and more should follow`,
    surplus: `something lies behind its end, at byte ${start} of its tar`,
    tar: `bytes ${start} to ${end} of its tar hold no file`,
    manifest: "lines of its manifest are lost",
  };
  return words[reason];
}
