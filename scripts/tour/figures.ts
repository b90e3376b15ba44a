/** A number of bytes in the unit that a person would use. */
export function bytesInWords(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `1 file`, `2 files`. */
export function countInWords(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;
}

/** How long something took and, from a second on, how fast that was. */
export function paceInWords(bytes: number, seconds: number): string {
  const time = `${seconds.toFixed(1)} s`;
  return seconds < 1 ? time : `${time}, ${bytesInWords(bytes / seconds)}/s`;
}
