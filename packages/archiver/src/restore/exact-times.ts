import { lutimesSync } from "node:fs";
import { getSystemErrorName } from "node:util";

/** Sets an entry's modification time, of a symlink itself and not of its target. The access time becomes now. */
export type SetModified = (path: string | Buffer, mtimeNs: bigint) => void;

const atFdcwd = process.platform === "darwin" ? -2 : -100;
const noFollow = process.platform === "darwin" ? 0x20 : 0x100;
const nsPerSecond = 1_000_000_000n;

let loaded: Promise<SetModified> | undefined;

/**
 * Node's own calls take seconds as a double, too coarse for the nanoseconds of today. Where the system
 * has POSIX `utimensat` it is called itself, elsewhere times come out within a microsecond.
 */
export async function exactTimes(): Promise<SetModified> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<SetModified> {
  if (process.platform !== "linux" && process.platform !== "darwin") return roundedTimes;
  try {
    const { default: koffi } = await import("koffi");
    const utimensat = koffi
      .load(null)
      .func("int utimensat(int directory, const uint8_t *path, const int64_t *times, int flags)");
    return (path, mtimeNs) => {
      const times = new BigInt64Array(timespecs(mtimeNs));
      const text = Buffer.concat([Buffer.from(path), Buffer.of(0)]);
      if (utimensat(atFdcwd, text, times, noFollow) === 0) return;
      const name = getSystemErrorName(-koffi.errno());
      throw Object.assign(new Error(`${name}: utimensat`), { code: name });
    };
  } catch {
    return roundedTimes;
  }
}

/** Two `struct timespec`: access now, modification as given, with nanoseconds that are never negative. */
function timespecs(mtimeNs: bigint): bigint[] {
  const ns = ((mtimeNs % nsPerSecond) + nsPerSecond) % nsPerSecond;
  const now = Date.now();
  return [
    BigInt(Math.floor(now / 1000)),
    BigInt((now % 1000) * 1_000_000),
    (mtimeNs - ns) / nsPerSecond,
    ns,
  ];
}

function roundedTimes(path: string | Buffer, mtimeNs: bigint): void {
  const seconds = Number(mtimeNs) / 1e9;
  // A Date, because Node takes a negative number of seconds for "now".
  lutimesSync(path, new Date(), seconds < 0 ? new Date(seconds * 1000) : seconds);
}
