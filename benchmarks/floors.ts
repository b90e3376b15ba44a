import { spawnSync } from "node:child_process";
import type { Contender } from "./contender.ts";
import { missingPrograms } from "./missing-programs.ts";

const hashAll = 'cd "$1" && find . -type f -print0 | xargs -0 sha256sum';

/** A plain copy: what the disk costs. */
export const copy: Contender = {
  name: "cp -r",
  missing: () => missingPrograms("cp", "find", "xargs", "sha256sum"),
  command: (job, { source, store, restored }) => {
    switch (job) {
      case "first run":
        return { script: 'cp -r "$1" "$2"', args: [source, `${store}/copy`] };
      case "restore":
        return { script: 'cp -r "$1" "$2"', args: [`${store}/copy`, restored] };
      case "verify":
        return { script: hashAll, args: [`${store}/copy`] };
      case "no-change run":
        return { script: 'find "$1" -type f -newer "$2"', args: [source, store] };
      default:
        return undefined;
    }
  },
};

/** One sealed tar: what encryption by stock tools costs, without pieces, index or duplicates. */
export const tarAge: Contender = {
  name: "tar | age",
  missing: () => missingPrograms("tar", "age", "age-keygen"),
  prepare: ({ work }) => {
    const made = spawnSync("age-keygen", ["-o", `${work}/key.txt`]);
    if (made.status !== 0) throw new Error(`age-keygen failed: ${made.stderr.toString()}`);
  },
  command: (job, { source, work, store, restored }) => {
    const args = [`${work}/key.txt`, source, `${store}/all.tar.age`, restored];
    switch (job) {
      case "first run":
        return { script: 'tar -C "$2" -cf - . | age -e -i "$1" -o "$3"', args };
      case "restore":
        return { script: 'mkdir "$4" && age -d -i "$1" "$3" | tar -C "$4" -xf -', args };
      case "verify":
        return { script: 'age -d -i "$1" "$3" | sha256sum', args };
      case "no-change run":
        return undefined;
      default:
        return undefined;
    }
  },
};
