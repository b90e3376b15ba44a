import { join } from "node:path";
import type { EstimateOptions, Tariffs } from "@coldstow/archiver";
import { ColdstowError } from "@coldstow/contracts";
import { Args, Flags } from "@oclif/core";
import { EngineCommand } from "../engine/engine-command.ts";
import { isArchiveFile } from "../engine/estimate-subject.ts";
import { runFlag } from "../flags.ts";
import { tell } from "../output.ts";

export default class Estimate extends EngineCommand {
  static override summary = "Say what an archive costs to keep and to bring back.";
  static override description =
    "For an archive: what each destination costs a month and a year, and what restoring all of it, or the paths named, takes in packs, bytes, hours and money, by tier. For an ini file: what start would store and cost, and what the same files would cost as one object each. Prices are from dated lists, without tax; a destination's setting tariff names its list, and lists of your own in the folder tariffs of the configuration, or given with --tariffs, replace those of the same id. No destination is asked, and nothing is changed.";
  static override examples = [
    "<%= config.bin %> estimate photos.archive",
    "<%= config.bin %> estimate photos.archive 2019 '*.jpg' --tier bulk --days 3",
    "<%= config.bin %> estimate photos.ini --tariffs prices.json",
  ];

  static override args = {
    subject: Args.string({
      name: "ARCHIVE",
      description: "the archive, or the ini file of one that is to be made",
      required: true,
    }),
    path: Args.string({
      name: "PATH",
      description: "what to restore: paths in the archive, or patterns; default: everything",
      multiple: true,
    }),
  };

  static override flags = {
    run: runFlag,
    tier: Flags.string({
      description: "only this way to thaw, such as bulk; default: each that there is",
      helpValue: "TIER",
    }),
    days: Flags.integer({
      description: "how long thawed copies are kept; default 7",
      helpValue: "N",
      min: 1,
      max: 365,
    }),
    tariffs: Flags.string({
      description: "a price list, or a folder of them; may be given several times",
      helpValue: "FILE|DIR",
      multiple: true,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Estimate);
    const { subject, path: select = [] } = args;
    const isArchive = await isArchiveFile(subject);
    const options = {
      tariffs: await this.tariffs(flags.tariffs ?? []),
      signal: this.signal,
      ...(flags.tier === undefined ? {} : { tier: flags.tier }),
      ...(flags.days === undefined ? {} : { days: flags.days }),
    };
    if (isArchive) await this.ofArchive(subject, options, select, flags.run);
    else if (select.length === 0 && flags.run === undefined) await this.ofIni(subject, options);
    else {
      throw new ColdstowError(
        "E_USAGE",
        `${subject} is an ini file; paths and --run choose from an archive.`,
        { subject },
      );
    }
  }

  private async tariffs(named: readonly string[]): Promise<Tariffs> {
    const { readTariffs } = await import("@coldstow/archiver");
    return readTariffs([join(this.config.configDir, "tariffs")], named);
  }

  private async ofArchive(
    path: string,
    options: EstimateOptions,
    select: readonly string[],
    run: number | undefined,
  ): Promise<void> {
    const [{ estimateArchive }, { archiveEstimateText }, { archiveEstimateDocument }] =
      await Promise.all([
        import("@coldstow/archiver"),
        import("../engine/estimate-text.ts"),
        import("../engine/estimate-document.ts"),
      ]);
    const estimate = await estimateArchive({ ...options, path, select, run });
    await this.answer(archiveEstimateDocument(path, estimate), () => archiveEstimateText(estimate));
  }

  private async ofIni(path: string, options: EstimateOptions): Promise<void> {
    const [{ estimateStart, readIni }, { startEstimateText }, { startEstimateDocument }] =
      await Promise.all([
        import("@coldstow/archiver"),
        import("../engine/estimate-start-text.ts"),
        import("../engine/estimate-document.ts"),
      ]);
    const engine = await this.engine(path);
    const ini = await readIni(path, engine.backends);
    for (const { message } of ini.warnings) tell(`Warning: ${message}`);
    const archive = `${ini.settings.name}.archive`;
    const estimate = await estimateStart({ ...engine, ...options, path: archive, ini });
    await this.answer(startEstimateDocument(path, estimate), () => startEstimateText(estimate));
  }
}
