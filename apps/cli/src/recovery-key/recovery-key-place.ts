import { basename } from "node:path";
import type { GlobalOptions } from "../global-flags.ts";
import { canAsk } from "../passphrase/terminal.ts";

/** Where a recovery key goes: a new file, or the terminal if undefined. */
export interface RecoveryKeyPlace {
  readonly archiveName: string;
  readonly file: string | undefined;
}

/** The file that was asked for, else the terminal, else `NAME.recovery-key.txt` beside the archive. */
export function recoveryKeyPlace(
  archive: string,
  asked: string | undefined,
  globals: Pick<GlobalOptions, "json" | "noInput">,
): RecoveryKeyPlace {
  const stem = archive.replace(/\.archive$/, "");
  const archiveName = basename(stem);
  if (asked !== undefined) return { archiveName, file: asked };
  const onTerminal = canAsk(globals) && !globals.json;
  return { archiveName, file: onTerminal ? undefined : `${stem}.recovery-key.txt` };
}
