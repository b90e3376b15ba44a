import type { Catalogue } from "@coldstow/catalogue";
import type { RunJournal } from "@coldstow/catalogue/journal";
import { ColdstowError, type ProgressSink } from "@coldstow/contracts";
import { copiesToMake } from "../archive/missing-copies.ts";
import type { Lane } from "./lane.ts";
import { LaneCatchUp } from "./lane-catch-up.ts";
import type { RunReport } from "./run-report.ts";
import type { Spool } from "./spool.ts";
import type { Uploads } from "./uploads.ts";

/** What catching up works with. */
export interface CatchUpParts {
  readonly catalogue: Catalogue;
  readonly journal: RunJournal;
  readonly uploads: Uploads;
  readonly spool: Spool;
  readonly report: RunReport;
  readonly progress: ProgressSink;
  /** Also read where reading costs money. */
  readonly paidReads: boolean;
}

/**
 * Brings every pack to the destinations that lack a good copy of it, from one that has it: the same
 * ciphertext everywhere, so any copy repairs any other. It heals what earlier runs left undone and
 * follows what this run commits, behind the packing, each destination at its own pace.
 */
export class CatchUp {
  readonly #parts: CatchUpParts;
  readonly #lanes: readonly LaneCatchUp[];

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
    const { lanes } = parts.uploads;
    // Where there is one destination alone there is nothing to copy from.
    this.#lanes = lanes.length > 1 ? lanes.map((lane) => new LaneCatchUp(lane, parts)) : [];
  }

  /** Begins to heal, and to follow. */
  start(): void {
    for (const lane of this.#lanes) this.#parts.uploads.later(lane.run());
  }

  /** A pack was committed with a copy at `home` alone: the other destinations are to have it too. */
  add(packId: number, home: Lane): void {
    for (const one of this.#lanes) if (one.lane !== home) one.add(packId);
  }

  /**
   * Waits until every destination that answers has all it can have.
   * @returns how many copies of packs of earlier runs were made
   * @throws {E_CANCELLED}
   */
  async finish(): Promise<number> {
    const { catalogue, progress, uploads } = this.#parts;
    for (const lane of this.#lanes) lane.end();
    const open = this.#lanes.filter(({ lane }) => !lane.gate.isShut);
    const ids = open.map(({ lane }) => lane.destination.id);
    await uploads.finish(progress, copiesToMake(catalogue, ids));
    for (const lane of this.#lanes) {
      if (lane.missed && !lane.lane.gate.isShut) await lane.again();
    }
    if (uploads.signal.aborted && this.#lanes.length > 0) {
      throw new ColdstowError("E_CANCELLED", "Interrupted. Every pack that was finished is kept.");
    }
    return this.#lanes.reduce((sum, { healed }) => sum + healed, 0);
  }
}
