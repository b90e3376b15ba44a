const maxNs = 2n ** 63n - 1n;

/** A time as the formats hold it: one beyond signed 64 bits of nanoseconds is the nearest end. */
export function storedNs(ns: bigint): bigint {
  if (ns > maxNs) return maxNs;
  return ns < -maxNs - 1n ? -maxNs - 1n : ns;
}

/** A device or inode number as the catalogue compares it: its low 53 bits, exact as a number. */
export function storedId(id: bigint): number {
  return Number(BigInt.asUintN(53, id));
}
