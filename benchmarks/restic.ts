import type { Contender, Places } from "./contender.ts";
import { missingPrograms } from "./missing-programs.ts";

const passphrase = "benchmark passphrase";

/** restic with encryption and without compression, as photographs would gain nothing from it. */
export const restic: Contender = {
  name: "restic",
  missing: () => missingPrograms("restic"),
  // restic restores every file under its absolute path.
  restoredRoot: ({ source, restored }) => `${restored}${source}`,
  command: (job, { source, store, work, restored }: Places) => {
    const env = { RESTIC_PASSWORD: passphrase, RESTIC_REPOSITORY: store };
    const base = `restic --quiet --compression off --cache-dir "$1"`;
    const args = [`${work}/cache`, source, restored];
    switch (job) {
      case "first run":
        return { script: `${base} init && ${base} backup "$2"`, args, env };
      case "no-change run":
        return { script: `${base} backup "$2"`, args, env };
      case "restore":
        return { script: `${base} restore latest --target "$3"`, args, env };
      case "verify":
        return { script: `${base} check --read-data`, args, env };
      default:
        return undefined;
    }
  },
};
