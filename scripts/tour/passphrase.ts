import { randomInt } from "node:crypto";

// Without letters and digits that are taken for each other.
const alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

/** A new passphrase of 99 bits that can be read aloud: four groups of five characters. */
export function makePassphrase(): string {
  return [group(), group(), group(), group()].join("-");
}

function group(): string {
  return Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join("");
}
