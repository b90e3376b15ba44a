import { number } from "./size.ts";

/** A number with its noun: `1 file`, `1,200 files`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}
