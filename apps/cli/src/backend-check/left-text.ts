import { counted } from "../render/count.ts";

const named = 5;

/** What a check has left, as a sentence; with the names of the first objects. */
export function leftText(prefix: string, left: readonly string[]): string {
  if (left.length === 0) return `Everything below ${prefix} is removed.`;
  const names = `${left.slice(0, named).join(", ")}${left.length > named ? ", …" : ""}`;
  return `${counted(left.length, "object")} below ${prefix} could not be removed: ${names}. Remove what is there by hand.`;
}
