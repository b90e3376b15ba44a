import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { initTemplate } from "@coldstow/archiver/settings";
import { ColdstowError, errnoOf, fromSystemError } from "@coldstow/contracts";
import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../base-command.ts";
import { declaredBackends } from "../plugins/declared-backends.ts";
import { backendSpecs } from "../plugins/load-backend.ts";

export default class Init extends BaseCommand {
  static override summary = "Write an ini file that explains every setting.";
  static override description =
    "The file describes what is put away and where. Edit it, then run coldstow start on it. A file that is there already is never overwritten.";
  static override examples = [
    "<%= config.bin %> init photos.ini --directory ~/Pictures --to /mnt/nas/photos",
  ];

  static override args = {
    ini: Args.string({ name: "INI", description: "the file to write", required: true }),
  };

  static override flags = {
    directory: Flags.string({ description: "the directory to put away", helpValue: "DIR" }),
    name: Flags.string({ description: "the archive's name", helpValue: "NAME" }),
    to: Flags.string({ description: "the directory that receives the copies", helpValue: "DIR" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Init);
    const backends = await backendSpecs(this.config, declaredBackends(this.config).keys());
    const text = initTemplate({
      backends,
      ...(flags.directory === undefined ? {} : { directory: resolve(flags.directory) }),
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags.to === undefined ? {} : { destinationSettings: { dir: resolve(flags.to) } }),
    });
    if (this.globals.dryRun) {
      await this.answer({ ini: args.ini, written: false, text }, () => text);
      return;
    }
    try {
      // The file may come to hold a password.
      await writeFile(args.ini, text, { flag: "wx", mode: 0o600 });
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw fromSystemError(error, "writing the ini", args.ini);
      throw new ColdstowError("E_EXISTS", `${args.ini} is there already; it was not changed`, {
        subject: args.ini,
        hint: "Choose another name, or remove it first.",
      });
    }
    await this.answer(
      { ini: args.ini, written: true },
      () => `${args.ini} is written. Edit it, then run: coldstow start ${args.ini}`,
    );
  }
}
