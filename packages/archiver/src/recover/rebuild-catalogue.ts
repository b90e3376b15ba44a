import type { Catalogue } from "@coldstow/catalogue";
import { isColdstowError, silent, type ProgressSink } from "@coldstow/contracts";
import { nowNs } from "../archive/clock.ts";
import type { ManifestHeader, ManifestLine } from "../manifest/index.ts";
import { CatalogueBuilder } from "./catalogue-builder.ts";
import { digestOfSlices } from "./content-digest.ts";
import { describeDamage } from "./damage-notes.ts";
import { readMemberLines, type MemberLine } from "./member-lines.ts";
import type { PlacedPack } from "./pack-list.ts";
import type { PackObject } from "./source-object.ts";
import { surveyPack, type PackSurvey } from "./survey-pack.ts";

export interface RebuildOptions {
  readonly archiveId: string;
  readonly packs: readonly PlacedPack[];
  readonly identities: readonly string[];
  /** The destination in the catalogue that holds the packs. */
  readonly destination: number;
  readonly progress?: ProgressSink;
  readonly signal?: AbortSignal | undefined;
}

export interface RebuildResult {
  readonly packsRead: number;
  readonly packsDamaged: number;
  /** For reading damaged compressed packs again, by key. */
  readonly gaps: ReadonlyMap<string, readonly number[]>;
  /** The packs that were read, by key. */
  readonly objects: ReadonlyMap<string, PackObject>;
}

const batchLines = 2000;

/**
 * Fills a catalogue from the manifests of packs (docs/formats/recovery.md, section 3). Where a manifest
 * is damaged, the members of the tar speak for themselves. One pass over every pack; memory does not
 * grow with the archive, but for the list of packs.
 * @throws {E_NEWER_FORMAT | E_CANCELLED | E_NO_SPACE}
 */
export async function rebuildCatalogue(
  catalogue: Catalogue,
  options: RebuildOptions,
): Promise<RebuildResult> {
  return new Rebuild(catalogue, options).run();
}

class Rebuild {
  readonly #catalogue: Catalogue;
  readonly #options: RebuildOptions;
  readonly #progress: ProgressSink;
  readonly #builder: CatalogueBuilder;
  readonly #gaps = new Map<string, readonly number[]>();
  readonly #objects = new Map<string, PackObject>();
  #packsDamaged = 0;
  #doneBytes = 0;
  #createdNs = 0n;

  constructor(catalogue: Catalogue, options: RebuildOptions) {
    this.#catalogue = catalogue;
    this.#options = options;
    this.#progress = options.progress ?? silent;
    this.#builder = new CatalogueBuilder(catalogue.driver);
  }

  async run(): Promise<RebuildResult> {
    const { packs } = this.#options;
    const totalBytes = packs.reduce((sum, { pack }) => sum + pack.sizeBytes, 0);
    const stage = "recover";
    this.#progress({ type: "stage", stage, totalBytes, totalItems: packs.length });
    for (const [index, placed] of packs.entries()) {
      await this.#readFirstSound(placed);
      if (packs[index + 1]?.run !== placed.run) await this.#endRun(placed.run);
      const { key: current, sizeBytes } = placed.pack;
      this.#doneBytes += sizeBytes;
      const doneItems = index + 1;
      this.#progress({ type: "advance", stage, doneBytes: this.#doneBytes, doneItems, current });
    }
    return {
      packsRead: this.#objects.size,
      packsDamaged: this.#packsDamaged,
      gaps: this.#gaps,
      objects: this.#objects,
    };
  }

  /** Of several copies of a pack a sound one is taken, where there is one. */
  async #readFirstSound(placed: PlacedPack): Promise<void> {
    const candidates = [placed.pack, ...placed.others];
    for (const pack of placed.others.length > 0 ? candidates : []) {
      const { identities, signal } = this.#options;
      const options = { identities, signal, accepts: this.#accepts(placed) };
      const survey = await surveyPack(pack, options).catch(unopenable);
      if (survey?.isManifestWhole !== true || survey.damage.length > 0) continue;
      await this.#read({ ...placed, pack });
      return;
    }
    await this.#read(placed);
  }

  #accepts(placed: PlacedPack): (header: ManifestHeader) => boolean {
    const { place } = placed.pack;
    const { archiveId } = this.#options;
    return ({ archive, run, pack }) =>
      archive === archiveId &&
      (place === undefined || (place.run === run && place.number === pack));
  }

  async #read(placed: PlacedPack): Promise<void> {
    const { pack, run, number } = placed;
    const { driver } = this.#catalogue;
    const { archiveId, identities, signal } = this.#options;
    const { key, sealed, zstd } = pack;
    let id: number | undefined;
    const open = (header: ManifestHeader | undefined): number => {
      if (header !== undefined) this.#createdNs = createdNs(header);
      const place = { key, run, number, sealed, zstd };
      id ??= driver.transaction(() => this.#builder.openPack(place, this.#createdNs));
      return id;
    };
    const batch = new Batch<ManifestLine>((lines) => {
      const opened = id ?? 0;
      driver.transaction(() => {
        for (const line of lines) this.#builder.addLine(run, opened, line);
      });
    });
    let survey: PackSurvey;
    try {
      survey = await surveyPack(pack, {
        identities,
        signal,
        accepts: this.#accepts(placed),
        fallback: { archive: archiveId, run, pack: number, created: new Date(0).toISOString() },
        onLine: (line, header) => {
          open(header);
          batch.add(line);
        },
      });
    } catch (error) {
      const reason = unopenableReason(error);
      this.#packsDamaged += 1;
      this.#progress({ type: "item", outcome: "damaged", name: key, message: reason });
      return;
    }
    batch.flush();
    if (survey.refused !== undefined && survey.damage.length === 0) {
      const message = `It is a pack of another archive, or of another place in this one, and was left out: archive ${survey.refused.archive}, run ${survey.refused.run}, pack ${survey.refused.pack}.`;
      this.#progress({ type: "item", outcome: "skipped", name: key, message });
      return;
    }
    const opened = open(survey.header);
    if (!survey.isManifestWhole) await this.#readMembers(pack, run, opened, survey);
    const isSound = survey.isManifestWhole && survey.damage.length === 0;
    const { destination } = this.#options;
    driver.transaction(() =>
      this.#builder.closePack(opened, survey, destination, isSound, nowNs()),
    );
    this.#objects.set(key, pack);
    if (survey.gapBytes.length > 0) this.#gaps.set(key, survey.gapBytes);
    if (isSound) return;
    this.#packsDamaged += 1;
    const message =
      survey.damage.length > 0 ? describeDamage(survey.damage) : "It has no manifest.";
    this.#progress({ type: "item", outcome: "damaged", name: key, message });
  }

  async #readMembers(pack: PackObject, run: number, id: number, survey: PackSurvey): Promise<void> {
    const { driver } = this.#catalogue;
    const { identities, signal } = this.#options;
    const batch = new Batch<MemberLine>((lines) => {
      driver.transaction(() => {
        for (const line of lines) this.#builder.addMember(run, id, line);
      });
    });
    const { gapBytes } = survey;
    await readMemberLines(pack, { identities, signal, gapBytes }, (line) => batch.add(line));
    batch.flush();
  }

  async #endRun(run: number): Promise<void> {
    const { driver } = this.#catalogue;
    const { identities, signal } = this.#options;
    const packs = this.#objects;
    for (const { file, slices } of this.#builder.slicedFiles()) {
      const sha256 =
        file.sha256 ?? (await digestOfSlices(driver, slices, { identities, signal, packs }));
      if (sha256 === undefined) continue;
      driver.transaction(() => this.#builder.addSliced(run, file, slices, sha256));
    }
  }
}

function createdNs(header: ManifestHeader): bigint {
  return BigInt(Date.parse(header.created)) * 1_000_000n;
}

/** An envelope that cannot be opened is one pack's misfortune; everything else ends the work. */
function unopenableReason(error: unknown): string {
  const codes = ["E_WRONG_KEY", "E_FORMAT", "E_FIXITY", "E_NOT_FOUND", "E_PERMISSION", "E_IO"];
  if (!isColdstowError(error) || !codes.includes(error.code)) throw error;
  return `Nothing of it can be read: ${error.message}`;
}

function unopenable(error: unknown): undefined {
  unopenableReason(error);
  return undefined;
}

/** Gathers lines, so that they are committed many at a time. */
class Batch<Line> {
  readonly #commit: (lines: readonly Line[]) => void;
  #lines: Line[] = [];

  constructor(commit: (lines: readonly Line[]) => void) {
    this.#commit = commit;
  }

  add(line: Line): void {
    this.#lines.push(line);
    if (this.#lines.length >= batchLines) this.flush();
  }

  flush(): void {
    const lines = this.#lines;
    this.#lines = [];
    if (lines.length > 0) this.#commit(lines);
  }
}
