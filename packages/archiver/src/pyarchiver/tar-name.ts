const tarName = /^[^/\\.\p{Cc}][^/\\\p{Cc}]*\.tar\.gz(?:\.aes)?$/u;
const stamped =
  /^ARCHIVE_(.*)_(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)_(\d{1,15})\.tar\.gz(?:\.aes)?$/s;

/** The name of a tar of pyArchiver that ends a remote path, or undefined where it has none. */
export function tarNameOf(remotePath: string): string | undefined {
  const name = remotePath.slice(Math.max(...["/", "\\"].map((s) => remotePath.lastIndexOf(s))) + 1);
  return tarName.test(name) ? name : undefined;
}

/** True for a tar in pyArchiver's cipher. */
export function isCiphered(name: string): boolean {
  return name.endsWith(".aes");
}

/** The archive's name inside a tar's name, or undefined. */
export function archiveNameIn(name: string): string | undefined {
  return stamped.exec(name)?.[1];
}

/** When the tar says that it was made, nanoseconds since 1970; its time has no zone and is taken for this machine's. */
export function tarTimeNs(name: string): bigint | undefined {
  const found = stamped.exec(name);
  if (found === null) return undefined;
  const [year = 0, month = 0, ...rest] = found.slice(2, 8).map(Number);
  const time = new Date(year, month - 1, ...rest).getTime();
  return Number.isNaN(time) ? undefined : BigInt(time) * 1_000_000n;
}

/**
 * Orders tars by the time and number in their names, so that later ones override earlier ones even if
 * the archive was renamed (docs/formats/pyarchiver.md §3). Other names come first.
 */
export function compareTarNames(a: string, b: string): number {
  const [left, right] = [orderOf(a), orderOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function orderOf(name: string): string {
  const found = stamped.exec(name);
  if (found === null) return `0${name}`;
  return `1${found.slice(2, 8).join("")}${(found[8] ?? "").padStart(15, "0")}${name}`;
}
