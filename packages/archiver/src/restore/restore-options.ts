import type { Catalogue } from "@coldstow/catalogue";
import type { WorkOptions } from "../archive/archive.ts";
import type { ThawChoices } from "../thaw/thaw-choices.ts";
import type { ThawPlanPart } from "../thaw/thaw-plan.ts";
import type { OnExisting } from "./safe-tree.ts";

export interface RestoreOptions extends WorkOptions {
  /** Where the tree's relative paths are put; made if it is not there. */
  readonly destination: string;
  /** Identities that open the packs (`AGE-SECRET-KEY-1…`); none for an archive that is not encrypted. */
  readonly identities: readonly string[];
  /** As of which run; default: the newest. */
  readonly run?: number;
  /** Paths or patterns; everything if absent. */
  readonly select?: readonly string[];
  readonly onExisting?: OnExisting;
  /** How frozen packs are asked for; default: the destination's first tier, without waiting. */
  readonly thaw?: ThawChoices;
  /** Opens the catalogue for noting what is asked for, where the archive's own only reads. */
  readonly openNotes?: () => Promise<Catalogue>;
}

/** Packs and the bytes of their objects. */
export interface PackFigures {
  readonly packs: number;
  readonly bytes: number;
}

/** What is left to do when frozen packs have to be waited for. */
export interface ThawWaiting {
  /** Read and restored already; packs that hold parts of unfinished files among them. */
  readonly done: PackFigures;
  /** Asked for, and not ready yet. */
  readonly asked: PackFigures;
  /** Ready, and not read: they could not be, or nothing is restored. */
  readonly ready: PackFigures;
  /** Still to be asked for, when those before are nearly read. */
  readonly left: PackFigures;
  /** When it is worth to run the same command again: ISO 8601 UTC. */
  readonly comeBackAt: string;
  readonly plan: readonly ThawPlanPart[];
}

export interface RestoreResult {
  readonly restored: number;
  /** There already, with the same size and time. */
  readonly unchanged: number;
  /** Something else is in their place, and it was kept. */
  readonly skipped: number;
  /** Damaged or missing in every copy, or impossible to write here. */
  readonly failed: number;
  readonly bytes: number;
  /** Present where frozen packs are left to wait for: the same command goes on. */
  readonly waiting?: ThawWaiting;
}
