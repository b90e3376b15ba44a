/** What README-RECOVERY.txt must say. */
export interface RecoveryNoteFacts {
  readonly name: string;
  readonly sealed: boolean;
}

const key = `1. The key
   You need age (https://age-encryption.org, package "age") and ONE of these:
   a) the passphrase. The file identity.age beside this note is the key, locked with it.
      age asks for the passphrase at every pack; to be asked once, unlock the key first and
      remove key.txt when you are done:
        age -d -o key.txt identity.age
   b) the paper key, or the recovery key file. Put the line that starts with AGE-SECRET-KEY-1
      into a file key.txt.
   Then type:
        KEY=key.txt        (or, with the passphrase each time: KEY=identity.age)

`;

/**
 * The commands. Read-only folders are opened for a user who is not root before anything is put into
 * them; every other line is the shortest that stock tools allow.
 */
const commands = `--------
mkdir -p restored
writable() {
  test "$(id -u)" -eq 0 || find restored -type d ! -perm -700 -exec chmod u+rwx {} \\;
}
find packs -type f \\( -name '*.tar' -o -name '*.tar.age' -o -name '*.tar.zst' \\
  -o -name '*.tar.zst.age' \\) | LC_ALL=C sort | while IFS= read -r pack
do
  test "\${pack%/*}" = "$run" || writable
  run=\${pack%/*}
  case "$pack" in
    *.tar.zst.age) age -d -i "$KEY" "$pack" | zstd -dcq ;;
    *.tar.age)     age -d -i "$KEY" "$pack" ;;
    *.tar.zst)     zstd -dcq "$pack" ;;
    *.tar)         cat "$pack" ;;
  esac | tar -x -p -f - -C restored || echo "PROBLEM in $pack" >&2
  if test -f restored/.coldstow/deleted
  then
    writable
    (cd restored && xargs -0 rm -rf -- < .coldstow/deleted && rm .coldstow/deleted)
  fi
done
writable
find restored -type f -name '*.part-000001-of-*' -exec sh -c '
  LC_ALL=C
  export LC_ALL
  for first
  do
    name=\${first%.part-000001-of-*}
    count=\${first##*-of-}
    if test -e "$name" || test -L "$name"; then continue; fi
    set -- "$name".part-*-of-"$count"
    test $# -eq "$count" 2>/dev/null || { echo "NOT ALL PARTS of $name" >&2; continue; }
    test -r "$first" || chmod u+r "$@"
    cat "$@" > "$name" || { echo "PROBLEM in $name" >&2; continue; }
    chmod --reference="$first" "$name"
    touch -r "$first" "$name"
    rm -f "$@"
  done' sh {} +
rm -rf restored/.coldstow
--------
`;

const limits = `   What these lines do not bring back as it was; coldstow does:
   - Files with the same content become one file with several names (hard links), so they also
     share one mode and time, and a change to one shows in all: copy such a file before you
     change it. Joined large files are files of their own.
   - Where only the mode, owner or time of a file changed after it was stored, it has the old ones.
   - If you are not root: owners and groups are yours, and folders that were read-only are
     writable. As root, tar keeps owners, groups and modes.
   - Files with holes (sparse files) that were stored in parts are joined without their holes.
   - A large file whose name is longer than about 230 bytes is joined under a shorter name that
     ends in ~ and eight characters. The true name is in the manifest, under "whole".
   - A file of your own that was called NAME.part-000001-of-000002, with all its fellows and
     without a file NAME beside it, is taken for parts and joined too.
   tar may say "Ignoring unknown extended header keyword", "implausibly old time stamp" or "in the
   future": all are harmless. A line "PROBLEM in ..." names a damaged pack: fetch that pack from
   another copy, or use coldstow recover, which saves everything outside of the damaged 64 KiB.
`;

function manifests(sealed: boolean, step: number): string {
  const open = sealed
    ? '     age -d -i "$KEY" catalogue/r….archive.zst.age | zstd -dq -o index.archive'
    : "     zstd -dq -o index.archive catalogue/r….archive.zst";
  return `${step}. What is where
   The last file in each pack is .coldstow/manifest.jsonl: one line of JSON a file, with its size,
   times, SHA-256 and owner. catalogue/ holds copies of the index of the whole archive:
${open}
     sqlite3 index.archive .tables
   With coldstow itself: coldstow recover FOLDER NEWFOLDER.
`;
}

/**
 * The plain words that lie beside the packs: how to get everything back with age, tar, zstd and cat
 * alone (docs/formats/recovery.md, section 2). A test runs the lines between the dashes as they stand.
 */
export function recoveryNote(facts: RecoveryNoteFacts): string {
  const { sealed } = facts;
  const step = sealed ? 2 : 1;
  return `HOW TO GET THESE FILES BACK WITHOUT COLDSTOW
Archive: ${facts.name.replace(/[^\P{C}]/gu, "?")}

The folder "packs" beside this note holds POSIX tar files${sealed ? ", each sealed in an age file" : ""},
some compressed with zstd. You need GNU tar, zstd${sealed ? ", age" : ""} and a shell. Coldstow is not needed.

${sealed ? key : ""}${step}. The files
   In the folder where this note lies, run the lines between the dashes. They unpack all packs in
   order into the new folder "restored", where later packs replace what earlier ones held, remove
   what was deleted, and join files that were cut into parts (NAME.part-000001-of-000007).
${commands}
${limits}
${manifests(sealed, step + 1)}`;
}
