import { join } from "node:path";

/** Where the things of one tour lie. */
export interface Places {
  readonly working: string;
  /** What is archived; the user's own folder or a sample. */
  readonly source: string;
  readonly ini: string;
  readonly archive: string;
  readonly passphraseFile: string;
  readonly recoveryKey: string;
  /** The destination: what would be another disk in real life. */
  readonly disk: string;
  readonly restored: string;
}

/** Names everything that a tour makes; it all lies in the working folder. */
export function placesIn(working: string, ownFolder: string | undefined): Places {
  return {
    working,
    source: ownFolder ?? join(working, "photos"),
    ini: join(working, "photos.ini"),
    archive: join(working, "photos.archive"),
    passphraseFile: join(working, "passphrase.txt"),
    recoveryKey: join(working, "recovery-key.txt"),
    disk: join(working, "disk"),
    restored: join(working, "restored"),
  };
}
