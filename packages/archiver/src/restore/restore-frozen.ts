import type { NeededPack } from "@coldstow/catalogue";
import { ColdstowError } from "@coldstow/contracts";
import { rows } from "../archive/rows.ts";
import type { ThawJob } from "../thaw/thaw-job.ts";
import { stopIfCancelled } from "../thaw/thaw-context.ts";
import { isUnfinished, jobFigures } from "../thaw/thaw-waiting.ts";
import type { ThawWaiting } from "./restore-options.ts";
import type { PackOutcome, PackToRead, RestorePacks } from "./restore-packs.ts";
import type { RestoreParts } from "./restore-parts.ts";

const page = 500;

/**
 * Restores from destinations some of whose packs are frozen: asks for those that no other copy
 * spares, in waves that can be fetched while they are ready, and restores what is ready before it waits.
 */
export class RestoreFrozen {
  readonly #parts: RestoreParts;
  readonly #packs: RestorePacks;
  readonly #thaw: ThawJob;

  constructor(parts: RestoreParts, packs: RestorePacks, thaw: ThawJob) {
    this.#parts = parts;
    this.#packs = packs;
    this.#thaw = thaw;
  }

  /**
   * @returns what is left to wait for; undefined when all was done
   * @throws {E_BUDGET} before anything was asked for or restored
   * @throws what kept packs from being asked for, after all that is ready was restored
   */
  async run(run: number): Promise<ThawWaiting | undefined> {
    const { options, selection } = this.#parts;
    const thaw = this.#thaw;
    await thaw.survey(
      run,
      (after, limit) => selection.neededPacks({ limit, ...(after !== undefined && { after }) }),
      (pack) => this.#packs.pieces.needs(pack),
    );
    await thaw.checkBudget();
    await thaw.topUp();
    await this.#packs.run(this.#inReach(), this.#settle);
    for (;;) {
      await this.#packs.run(this.#ready(), this.#settle);
      await this.#tellLost();
      await thaw.keepRates();
      thaw.throwFailure();
      await thaw.topUp();
      thaw.throwFailure();
      if (await thaw.reads.hasReady()) continue;
      const groups = await thaw.groups();
      if (!isUnfinished(groups)) {
        await thaw.done();
        return undefined;
      }
      const { asked, left } = jobFigures(groups);
      // What could not be read now was told; the job stays open for the next try.
      if (asked.packs + left.packs === 0) return undefined;
      if (options.thaw?.wait !== true || asked.packs === 0) return thaw.waiting();
      await thaw.sleep();
      stopIfCancelled(options.signal);
      await thaw.look();
    }
  }

  /** What needs no thawing, and what earlier processes had begun. */
  async *#inReach(): AsyncGenerator<PackToRead, void, undefined> {
    const pages = rows<NeededPack, number>((after) =>
      this.#parts.selection.neededPacks({ limit: page, ...after }),
    );
    let batch: number[] = [];
    for await (const { id } of pages) {
      batch.push(id);
      if (batch.length < page) continue;
      yield* this.#inReachOf(batch);
      batch = [];
    }
    yield* this.#inReachOf(batch);
  }

  async *#inReachOf(packs: readonly number[]): AsyncGenerator<PackToRead, void, undefined> {
    const known = await this.#thaw.knownOf(packs);
    for (const pack of packs) {
      const row = known.get(pack);
      if (row === undefined) {
        yield { pack };
      } else if (row.state === "done" && row.destination === null) {
        await this.#packs.giveUp(pack, noCopy(row.key));
      } else if (row.state === "done") {
        yield { pack };
      } else if (row.state === "fetched") {
        const outcome = await this.#packs.resume(pack);
        if (outcome === false) await this.#thaw.reads.readAgain([pack]);
        else await this.#settle(pack, outcome);
      }
    }
  }

  async *#ready(): AsyncGenerator<PackToRead, void, undefined> {
    for await (const { pack, destination } of this.#thaw.reads.ready()) {
      yield { pack, from: destination };
    }
  }

  #settle = async (pack: number, outcome: PackOutcome): Promise<void> => {
    switch (outcome.kind) {
      case "read":
        await this.#thaw.reads.read(pack, outcome.isPartial);
        for (const content of outcome.spoiled) await this.#readAgain(content, pack);
        return;
      case "frozen":
        await this.#thaw.reads.frozen(pack, outcome.bad);
        return;
      case "lost":
        await this.#thaw.reads.giveUp(pack);
        return;
      case "left":
        this.#thaw.reads.leave(pack);
        return;
      default:
        outcome satisfies never;
    }
  };

  /** All packs with parts of a file are read again: what was kept of it had been changed. */
  async #readAgain(content: number, last: number): Promise<void> {
    const again = [last];
    for await (const pack of this.#thaw.reads.fetched()) {
      const wanted = await this.#packs.pieces.wantedOf(pack);
      if (wanted.some((work) => work.content === content)) again.push(pack);
    }
    await this.#thaw.reads.readAgain(again);
  }

  async #tellLost(): Promise<void> {
    for (const { pack, key } of this.#thaw.takeLost()) {
      await this.#packs.giveUp(pack, noCopy(key));
      await this.#thaw.reads.giveUp(pack);
    }
  }
}

function noCopy(key: string): ColdstowError {
  return new ColdstowError("E_MISSING", `No destination has a good copy of ${key}.`, {
    subject: key,
  });
}
