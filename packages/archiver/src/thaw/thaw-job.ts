import type { Catalogue, JobPack, JobPackGroup, NeededPack, Page } from "@coldstow/catalogue";
import {
  ColdstowError,
  describeError,
  type ProgressSink,
  throwIfCancelled,
} from "@coldstow/contracts";
import type { Archive } from "../archive/archive.ts";
import { type Clock, isoOfMs, nsOfMs, sleepUntil, systemClock } from "./clock.ts";
import { type ColdDestination, coldDestinations } from "./cold-destination.ts";
import type { ChoiceContext } from "./copy-choice.ts";
import { FrozenReads } from "./frozen-reads.ts";
import { FetchMeter } from "./fetch-meter.ts";
import { jobToGoOnWith, type JobRequest, knownRates } from "./find-job.ts";
import { factsOf, type JobFacts, withChoices } from "./job-facts.ts";
import type { JobNotes } from "./job-notes.ts";
import { refreshStates, tellFrozenAgain } from "./refresh-states.ts";
import { isDue, requestPacks } from "./request-packs.ts";
import { otherCopies, surveyPage } from "./survey-packs.ts";
import type { ThawChoices } from "./thaw-choices.ts";
import { allReadyAt, comeBackAt } from "./come-back.ts";
import type { ThawWaiting } from "../restore/restore-options.ts";
import { jobFigures } from "./thaw-waiting.ts";
import { note, type ThawContext } from "./thaw-context.ts";
import { checkBudget, daysOf, planParts, sumOf, type ThawPlanPart } from "./thaw-plan.ts";
import { Waves } from "./waves.ts";

export interface ThawJobOptions {
  readonly archive: Archive;
  readonly notes: JobNotes;
  readonly request: JobRequest;
  readonly choices: ThawChoices;
  readonly progress: ProgressSink;
  readonly signal: AbortSignal | undefined;
}

const surveyPacks = 500;

/**
 * The frozen packs of one restore, on their way from `planned` to `done`. Everything is noted in the
 * catalogue before it is done, so that another process can go on at any instant. Nothing is noted
 * as long as no pack has to be thawed. Memory holds pages, and packs whose copies were no good.
 */
export class ThawJob {
  readonly clock: Clock;
  readonly meter: FetchMeter;
  readonly reads: FrozenReads;
  readonly #options: ThawJobOptions;
  readonly #cold: ReadonlyMap<number, ColdDestination>;
  readonly #waves: Waves;
  readonly #bad = new Map<number, Set<number>>();
  readonly #lost: { readonly pack: number; readonly key: string }[] = [];
  #context: ThawContext | undefined;
  #facts: JobFacts;
  #run: number | undefined;
  #failure: unknown;
  /** Packs were planned since the budget was looked at. */
  #isUnchecked = false;

  private constructor(
    options: ThawJobOptions,
    cold: ReadonlyMap<number, ColdDestination>,
    facts: JobFacts,
    rates: Readonly<Record<string, number>>,
  ) {
    const { choices } = options;
    this.#options = options;
    this.#cold = cold;
    this.#facts = facts;
    this.clock = choices.clock ?? systemClock;
    this.meter = new FetchMeter(this.clock);
    this.reads = new FrozenReads({
      clock: this.clock,
      context: () => this.#context,
      begin: async () => this.#context ?? this.#begin(),
      topUp: () => this.topUp(),
      look: () => this.look(),
    });
    this.#waves = new Waves(this.clock, (name) =>
      Math.min(
        choices.bytesPerSecond ?? Infinity,
        this.meter.rates()[name] ?? rates[name] ?? Infinity,
      ),
    );
  }

  /**
   * Finds the open job that a command goes on with; a new one is noted when a pack has to be thawed.
   * @returns undefined where no destination has frozen packs
   * @throws {E_USAGE} if no destination has the tier
   */
  static async open(options: ThawJobOptions): Promise<ThawJob | undefined> {
    const { archive, choices, request, notes } = options;
    if (archive.destinations.every(({ backend }) => backend.cold === undefined)) return undefined;
    const found = await jobToGoOnWith(archive, request);
    const facts = withChoices(found?.facts ?? factsOf(request.select, request.run), choices);
    const { tier, tariffs } = { tariffs: undefined, ...choices, ...facts };
    const cold = coldDestinations(archive.destinations, {
      ...(tier !== undefined && { tier }),
      ...(tariffs !== undefined && { tariffs }),
    });
    const job = new ThawJob(options, cold, facts, await knownRates(archive.catalogue));
    if (found !== undefined) {
      job.#run = found.job.run;
      const change = { destination: request.destination, selection: facts };
      try {
        await (await notes.catalogue()).changeRestoreJob(found.job.id, change, job.#nowNs());
        await job.#begin(found.job.id);
      } finally {
        found.release();
      }
    }
    return job;
  }

  /** The job's number in the catalogue, once it is noted. */
  get id(): number | undefined {
    return this.#context?.job;
  }

  /** As of which run an open job restores, whatever came after it. */
  get run(): number | undefined {
    return this.#run;
  }

  isCold(destination: number): boolean {
    return this.#cold.has(destination);
  }

  /**
   * Looks where every needed pack can be read, and notes those that a cold destination has. O(packs).
   * @param needs whether something of a pack is still to be read
   */
  async survey(
    run: number,
    pages: (after: number | undefined, limit: number) => Promise<Page<NeededPack, number>>,
    needs: (pack: number) => Promise<boolean>,
  ): Promise<void> {
    this.#run ??= run;
    const choosing = this.#choosing();
    for (let after: number | undefined; ;) {
      throwIfCancelled(this.#options.signal);
      const page = await pages(after, surveyPacks);
      const known = await this.knownOf(page.rows.map(({ id }) => id));
      const now = this.clock.now();
      const seen = await surveyPage(choosing, page.rows, known, needs, now);
      if (seen.added.length > 0) await this.#add(seen.added);
      if (this.#context !== undefined) await note(this.#context, seen.changed);
      for (const [from, packs] of seen.frozenAgain) tellFrozenAgain(this.#options, from, packs);
      if (page.next === undefined) break;
      after = page.next;
    }
    for (const id of this.#cold.keys()) this.#waves.heard(id, []);
    this.reads.fresh();
  }

  /** What the job has of these packs. */
  async knownOf(packs: readonly number[]): Promise<ReadonlyMap<number, JobPack>> {
    if (this.#context === undefined) return new Map();
    const { notes, job } = this.#context;
    const page = await notes.restoreJobPacks(job, { packs, limit: packs.length });
    return new Map(page.rows.map((row) => [row.pack, row]));
  }

  async groups(): Promise<readonly JobPackGroup[]> {
    return this.#context === undefined
      ? []
      : this.#context.notes.restoreJobGroups(this.#context.job);
  }

  /** What is taken from each cold destination, with hours and cost. */
  async plan(): Promise<readonly ThawPlanPart[]> {
    const speed = (one: ColdDestination): number => this.#waves.speed(one);
    return planParts(await this.groups(), this.#cold, speed, this.#facts.days);
  }

  /** @throws {E_BUDGET | E_USAGE} before anything of what was planned last is asked for */
  async checkBudget(): Promise<void> {
    this.#isUnchecked = false;
    checkBudget(await this.plan(), this.#options.choices.budget);
  }

  /**
   * Asks for the next wave at each destination that has room for one. What cannot be asked for now is
   * told at the end, so that what is ready is restored first.
   */
  async topUp(): Promise<void> {
    const context = this.#context;
    if (context === undefined || this.#failure !== undefined) return;
    const groups = await this.groups();
    try {
      if (this.#isUnchecked) await this.checkBudget();
      for (const [id, from] of this.#cold) {
        const own = groups.filter(({ destination }) => destination === id);
        const packs = own.filter(({ state }) => state !== "done" && state !== "fetched");
        const { days } = daysOf(
          from,
          sumOf(packs).bytes,
          this.#waves.speed(from),
          this.#facts.days,
        );
        const ask = (wave: readonly JobPack[]): Promise<void> =>
          requestPacks(context, from, wave, days);
        await this.#waves.fill(context, from, own, this.#facts.days, ask);
      }
    } catch (error) {
      throwIfCancelled(this.#options.signal);
      this.#failure = error;
    }
  }

  /** @throws what kept packs from being asked for */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Asks what became of the packs on their way, where it is time to. */
  async look(): Promise<void> {
    const context = this.#context;
    if (context === undefined) return;
    const now = this.clock.now();
    if (this.#waves.nextLookMs(await this.groups(), this.#cold) > now) return;
    await refreshStates(
      context,
      ["requested", "thawing"],
      (pack) =>
        pack.state === "requested" || !this.#waves.tellsTimes(pack.destination) || isDue(pack, now),
    );
    for (const id of this.#cold.keys()) this.#waves.heard(id, []);
  }

  /** Waits until it is time to look again. @throws {E_CANCELLED} */
  async sleep(): Promise<void> {
    const groups = await this.groups();
    const untilMs = this.#waves.nextLookMs(groups, this.#cold);
    const asked = groups.filter(({ state }) => state === "requested" || state === "thawing");
    const { packs } = sumOf(asked);
    const readyAt = allReadyAt(asked, this.clock.now());
    this.#options.progress({
      type: "wait",
      reason: `${packs === 1 ? "1 pack is" : `${packs} packs are`} being thawed`,
      until: isoOfMs(untilMs),
      thaw: { ...(readyAt !== undefined && { readyAt }) },
    });
    await sleepUntil(this.clock, untilMs, this.#options.signal);
  }

  /** What is left to wait for, and until when. */
  async waiting(): Promise<ThawWaiting> {
    const groups = await this.groups();
    return {
      ...jobFigures(groups),
      comeBackAt: comeBackAt(groups, this.#cold, this.clock.now()),
      plan: await this.plan(),
    };
  }

  /** The packs of which no copy is left, once. */
  takeLost(): readonly { readonly pack: number; readonly key: string }[] {
    return this.#lost.splice(0);
  }

  /** Keeps how fast packs came, for the next waves. */
  async keepRates(): Promise<void> {
    const rates = this.meter.rates();
    const context = this.#context;
    if (context === undefined || Object.keys(rates).length === 0) return;
    this.#facts = { ...this.#facts, bandwidth: { ...this.#facts.bandwidth, ...rates } };
    await context.notes.changeRestoreJob(context.job, { selection: this.#facts }, this.#nowNs());
  }

  /**
   * Closes the job: nothing is left to do.
   * @throws {E_CANCELLED} if it was cancelled meanwhile, so that nothing is known of what is left
   */
  async done(): Promise<void> {
    const context = this.#context;
    this.#context = undefined;
    try {
      await context?.notes.closeRestoreJob(context.job, "done", this.#nowNs());
    } catch (error) {
      if (describeError(error).code !== "E_NOT_FOUND") throw error;
      throw new ColdstowError(
        "E_CANCELLED",
        "It was cancelled by coldstow thaw --cancel. What was restored so far is whole.",
        { hint: "Run the same command again to begin anew.", cause: error },
      );
    }
  }

  #nowNs(): bigint {
    return nsOfMs(this.clock.now());
  }

  #choosing(): ChoiceContext {
    const { archive, signal } = this.#options;
    return { archive, cold: this.#cold, without: (pack) => this.#without(pack), signal };
  }

  #without(pack: number): ReadonlySet<number> {
    return this.#bad.get(pack) ?? new Set();
  }

  #reject(pack: number, destination: number): void {
    this.#bad.set(pack, new Set([...this.#without(pack), destination]));
  }

  async #begin(known?: number): Promise<ThawContext> {
    const { archive, notes, progress, request, signal } = this.#options;
    const catalogue: Catalogue = await notes.catalogue();
    const { destination } = request;
    const added = { run: this.#run ?? 0, destination, selection: this.#facts };
    const job = known ?? (await catalogue.addRestoreJob(added, this.#nowNs()));
    this.#context = {
      archive,
      cold: this.#cold,
      notes: catalogue,
      job,
      clock: this.clock,
      progress,
      signal,
      heard: (id, answers) => this.#waves.heard(id, answers),
      reject: (pack, id) => this.#reject(pack, id),
      without: (pack) => this.#without(pack),
      reconsider: (packs) => this.#reconsider(packs),
    };
    return this.#context;
  }

  async #add(added: Parameters<Catalogue["addRestoreJobPacks"]>[1]): Promise<void> {
    const { notes, job } = this.#context ?? (await this.#begin());
    await notes.addRestoreJobPacks(job, added);
  }

  async #reconsider(packs: readonly number[]): Promise<void> {
    const rows = await this.knownOf(packs);
    const seen = await otherCopies(this.#choosing(), packs, rows, this.clock.now());
    this.#lost.push(...seen.lost);
    if (seen.added.length > 0) await this.#add(seen.added);
    if (this.#context !== undefined) await note(this.#context, seen.changed);
    this.#isUnchecked ||= seen.added.length + seen.changed.length > 0;
  }
}
