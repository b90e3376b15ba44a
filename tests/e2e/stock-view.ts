/** Brings a tree back with GNU tar and coreutils alone, as README-RECOVERY.txt tells a person to. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";

const script = `
set -eu
cd "$2"
find "$1/packs" -name 'p*' | sort | while read -r pack; do
  case "$pack" in
    *.tar.zst) zstd -dqc "$pack" | tar -xpf - ;;
    *.tar) tar -xpf "$pack" ;;
    *.partial) echo "left over: $pack" >&2; exit 1 ;;
  esac
  if [ -e .coldstow/deleted ]; then
    xargs -0 rm -rf -- < .coldstow/deleted
    rm -f .coldstow/deleted
  fi
done
rm -rf .coldstow
find . -name '*.part-000001-of-*' -print0 | while IFS= read -r -d '' first; do
  path="\${first%.part-000001-of-*}"
  of="\${first##*-of-}"
  [ "$(ls -d "$path".part-* | wc -l)" -eq "$((10#$of))" ] || { echo "stale slices: $path" >&2; exit 1; }
  cat "$path".part-* > "$path.joined"
  rm "$path".part-*
  mv "$path.joined" "$path"
done
`;

/**
 * Extracts every pack of an unencrypted local destination into a new folder, in the order of their keys.
 * @throws if a tool fails, if slices of a former version are left, or a file has too few of them
 */
export function extractWithStockTools(destination: string, to: string): void {
  mkdirSync(to);
  execFileSync("bash", ["--norc", "-c", script, "bash", destination, to], { stdio: "pipe" });
}
