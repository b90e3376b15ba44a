import { writeFile } from "node:fs/promises";
import { readSettings, type SecretSource } from "@coldstow/archiver/settings";
import type { Catalogue } from "@coldstow/catalogue";
import { ColdstowError, fromSystemError } from "@coldstow/contracts";
import { Flags } from "@oclif/core";
import { withCatalogue } from "../../archive/with-catalogue.ts";
import { BaseCommand } from "../../base-command.ts";
import { archiveArgument } from "../../flags.ts";

interface SealedKey {
  readonly identity: Uint8Array;
  readonly archiveName: string;
  readonly createdAt: Date;
  readonly configured: SecretSource | undefined;
}

async function sealedKey(catalogue: Catalogue): Promise<SealedKey | undefined> {
  const identity = await catalogue.meta("identity");
  if (identity === undefined) return undefined;
  const config = await catalogue.meta("config");
  const createdNs = BigInt((await catalogue.meta("created_ns")) ?? "0");
  return {
    identity,
    archiveName: (await catalogue.meta("name")) ?? "",
    createdAt: new Date(Number(createdNs / 1_000_000n)),
    configured: config === undefined ? undefined : readSettings(config).settings.password,
  };
}

export default class KeyPaper extends BaseCommand {
  static override summary = "Print the archive's key for keeping on paper.";
  static override description =
    "Asks for the passphrase and prints the key that opens every pack, with check characters in each line, as a page to keep in a safe place. Whoever has the page can read the archive.";
  static override examples = [
    "<%= config.bin %> key paper photos.archive | lp",
    "<%= config.bin %> key paper photos.archive --out key.txt",
  ];

  static override args = { archive: archiveArgument };

  static override flags = {
    out: Flags.string({
      description: "write it to this new file, readable by you alone",
      helpValue: "FILE",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KeyPaper);
    const sealed = await withCatalogue(args.archive, { readOnly: true }, sealedKey);
    if (sealed === undefined) {
      throw new ColdstowError(
        "E_UNSUPPORTED",
        `the archive ${args.archive} has no key: it is not encrypted`,
        {
          subject: args.archive,
          hint: "",
        },
      );
    }
    const { archiveName, createdAt, configured } = sealed;
    const passphrase = await this.passphrase({ subject: archiveName, configured });
    const { paperKey, recipientOf, unwrapIdentity } = await import("@coldstow/crypto");
    const secret = unwrapIdentity(sealed.identity, passphrase);
    const page = paperKey(secret, { archiveName, createdAt });
    if (flags.out === undefined) {
      await this.answer({ archive: archiveName, recipient: recipientOf(secret), page }, () => page);
      return;
    }
    if (!this.globals.dryRun) await this.save(flags.out, page);
    await this.answer(
      { archive: archiveName, recipient: recipientOf(secret), file: flags.out },
      () => `The key is in ${flags.out}. Print it, and remove the file.`,
    );
  }

  private async save(path: string, page: string): Promise<void> {
    try {
      await writeFile(path, page, { flag: "wx", mode: 0o600 });
    } catch (error) {
      throw fromSystemError(error, "writing the key", path);
    }
  }
}
