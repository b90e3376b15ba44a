import { createHash } from "node:crypto";
import { throwIfCancelled } from "@coldstow/contracts";
import {
  ManifestReader,
  manifestPath,
  type ManifestHeader,
  type ManifestLine,
} from "../manifest/index.ts";
import { TarReader, type ReadMember } from "../tar/index.ts";
import { DamageNotes } from "./damage-notes.ts";
import { GapMeter } from "./gap-meter.ts";
import { readPastDamage, type PackDamage } from "./read-past-damage.ts";
import type { PackObject } from "./source-object.ts";

/** What reading a pack from end to end showed. */
export interface PackSurvey {
  readonly sizeBytes: number;
  /** Of the object as it lies there. */
  readonly sha256: Uint8Array;
  readonly tarBytes: number;
  /** The manifest's first line, where it was readable. */
  readonly header: ManifestHeader | undefined;
  /** The first line of a manifest that was not accepted. */
  readonly refused: ManifestHeader | undefined;
  /** Every line of the manifest was readable. */
  readonly isManifestWhole: boolean;
  /** Empty for a pack that is sound. The most recent of very many are left out. */
  readonly damage: readonly PackDamage[];
  /** For reading a damaged compressed pack again: see `ReadPastDamageOptions`. */
  readonly gapBytes: readonly number[];
}

export interface SurveyOptions {
  readonly identities: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** A manifest that this refuses lies within a damaged tar and is another pack's. */
  readonly accepts: (header: ManifestHeader) => boolean;
  /** Stands for the manifest's first line where that one is lost. */
  readonly fallback?: ManifestHeader | undefined;
  readonly onLine?: (line: ManifestLine, header: ManifestHeader) => void;
}

/**
 * Reads a pack from end to end: its digest, its damage, and its manifest line by line. O(pack); memory
 * does not grow with it.
 * @throws {E_WRONG_KEY | E_FORMAT | E_FIXITY} if the envelope cannot be opened at all
 * @throws {E_NEWER_FORMAT} for a manifest of a newer coldstow
 */
export async function surveyPack(pack: PackObject, options: SurveyOptions): Promise<PackSurvey> {
  const digest = createHash("sha256");
  let sizeBytes = 0;
  let tarBytes = 0;
  const notes = new DamageNotes();
  const meter = new GapMeter();
  const manifest = new ManifestFinder(options, notes, meter);
  const tar = new TarReader(
    {
      memberStart: (member) => {
        if (member.path === manifestPath && member.kind === "file") manifest.begin(member);
        else if (member.kind === "file") meter.member(member.path, member.dataOffset);
      },
      data: (bytes, _, member) => {
        if (member.path === manifestPath) manifest.take(bytes);
      },
      memberEnd: (member) => {
        if (member.path === manifestPath) manifest.end();
      },
      skipped: ({ offset, lengthBytes }) =>
        notes.add({ reason: "tar", start: offset, end: offset + lengthBytes }),
      end: ({ offset, marked }) => {
        if (!marked) notes.add({ reason: "cut", start: offset, end: offset });
      },
    },
    { resync: true },
  );
  const stretches = readPastDamage(pack, {
    identities: options.identities,
    onDamage: (damage) => {
      notes.add(damage);
      if (pack.zstd && damage.reason === "bytes") meter.gap(damage.end - damage.start);
    },
    onObject: (bytes) => {
      throwIfCancelled(options.signal);
      digest.update(bytes);
      sizeBytes += bytes.length;
    },
  });
  for await (const { bytes } of stretches) {
    tar.feed(bytes);
    tarBytes += bytes.length;
  }
  tar.finish();
  return {
    sizeBytes,
    sha256: digest.digest(),
    tarBytes: tarBytes + meter.shift,
    header: manifest.header,
    refused: manifest.refused,
    isManifestWhole: manifest.isWhole,
    damage: notes.all,
    gapBytes: meter.gapBytes,
  };
}

/** Reads the manifest as the tar hands it out, and tells a manifest of another pack from it. */
class ManifestFinder {
  readonly #options: SurveyOptions;
  readonly #notes: DamageNotes;
  readonly #meter: GapMeter;
  #reader: ManifestReader | undefined;
  #start = 0;
  #lostLines = 0;
  #ended = false;
  header: ManifestHeader | undefined;
  refused: ManifestHeader | undefined;

  constructor(options: SurveyOptions, notes: DamageNotes, meter: GapMeter) {
    this.#options = options;
    this.#notes = notes;
    this.#meter = meter;
  }

  get isWhole(): boolean {
    return this.header !== undefined && this.#ended && this.#lostLines === 0;
  }

  begin(member: ReadMember): void {
    // One manifest was found already: a tar has no second one, but a tar inside a damaged tar may.
    if (this.header !== undefined) return;
    this.refused = undefined;
    this.#lostLines = 0;
    this.#start = member.dataOffset;
    this.#reader = new ManifestReader({
      header: (header) => {
        if (this.#options.accepts(header)) this.header = header;
        else this.refused = header;
      },
      line: (line) => {
        const header = this.header ?? this.#options.fallback;
        if (this.refused !== undefined || header === undefined) return;
        if (line.type === "file") this.#meter.line(line.path, line.offset);
        this.#options.onLine?.(line, header);
      },
      damaged: () => {
        this.#lostLines += 1;
      },
    });
  }

  take(bytes: Uint8Array): void {
    this.#reader?.feed(bytes);
  }

  end(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) return;
    reader.finish();
    if (this.refused !== undefined) return;
    this.#ended = true;
    if (this.#lostLines > 0) {
      this.#notes.add({ reason: "manifest", start: this.#start, end: this.#start });
    }
  }
}
