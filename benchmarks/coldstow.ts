import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Contender, Places } from "./contender.ts";
import { missingPrograms } from "./missing-programs.ts";

const program = fileURLToPath(new URL("../coldstow", import.meta.url));

const ini = ({ source, store }: Places): string => `[Archive]
directory = ${source.replaceAll("%", "%%")}
name = bench
[Tar]
ciphered = yes
[Repository]
type = local
[Local]
dir = ${store.replaceAll("%", "%%")}
`;

/** coldstow as built, through its command line, encrypted, into a local destination. */
export const coldstow: Contender = {
  name: "coldstow",
  missing: () => missingPrograms(program),
  prepare: (places) => {
    writeFileSync(`${places.work}/bench.ini`, ini(places));
    writeFileSync(`${places.work}/passphrase`, "benchmark passphrase\n", { mode: 0o600 });
  },
  command: (job, { work, restored }) => {
    const flags = "--json --progress none --no-input --password-file passphrase";
    const args = [program, restored];
    const cwd = work;
    switch (job) {
      case "first run":
        return { script: `"$1" start bench.ini ${flags}`, args, cwd };
      case "no-change run":
        return { script: `"$1" resume bench.archive ${flags}`, args, cwd };
      case "restore":
        return { script: `"$1" restore bench.archive "$2" ${flags}`, args, cwd };
      case "verify":
        return { script: `"$1" verify bench.archive ${flags}`, args, cwd };
      default:
        return undefined;
    }
  },
};
