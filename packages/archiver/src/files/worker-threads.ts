import type { Worker } from "node:worker_threads";
import { ColdstowError } from "@coldstow/contracts";

/** Who hears what a thread says while it has a job. */
export interface ThreadListener<Message> {
  readonly onMessage: (message: Message) => void;
  /** The thread ended by itself: no answer will come. */
  readonly onDeath: (error: ColdstowError) => void;
}

export interface ThreadOptions {
  readonly size: number;
  /** Makes a thread that hears of `cancelled`, one 32-bit flag; not 0 means: stop as soon as you can. */
  readonly start: (index: number, cancelled: Int32Array<SharedArrayBuffer>) => Worker;
  /**
   * The thread ends itself when it is told "end". For threads that run native code: one that is
   * terminated meanwhile may take the whole process with it.
   */
  readonly endsItself?: boolean;
}

/** Threads with one job at a time each; each is started when the first job wants it. */
export class WorkerThreads<Message> {
  readonly #options: ThreadOptions;
  readonly #cancelled = new Int32Array(new SharedArrayBuffer(4));
  readonly #workers = new Set<Worker>();
  readonly #idle: Worker[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #listeners = new Map<Worker, ThreadListener<Message>>();
  #started = 0;
  #death: ColdstowError | undefined;

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  /**
   * Waits for a free thread and lends it to `use` until that has ended.
   * @param use calls `listen` before it posts to the thread
   * @throws {E_INTERNAL} if a thread died
   */
  async run<T>(
    use: (worker: Worker, listen: (listener: ThreadListener<Message>) => void) => Promise<T>,
  ): Promise<T> {
    const worker = await this.#free();
    try {
      return await use(worker, (listener) => this.#listeners.set(worker, listener));
    } finally {
      this.#listeners.delete(worker);
      if (this.#workers.has(worker)) this.#idle.push(worker);
      this.#waiting.shift()?.();
    }
  }

  /** Asks the threads to stop as soon as they can. */
  cancel(): void {
    Atomics.store(this.#cancelled, 0, 1);
  }

  /** Ends the threads; whoever waits for one is refused. */
  async close(): Promise<void> {
    this.cancel();
    this.#death ??= new ColdstowError("E_CANCELLED", "The worker threads were stopped.");
    const ended = [...this.#workers].map(async (worker) => {
      if (this.#options.endsItself !== true) return worker.terminate();
      const exit = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
      worker.postMessage("end");
      return exit;
    });
    await Promise.all(ended);
  }

  async #free(): Promise<Worker> {
    for (;;) {
      if (this.#death !== undefined) throw this.#death;
      const worker = this.#idle.pop();
      if (worker !== undefined) return worker;
      if (this.#started < this.#options.size) return this.#start();
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  #start(): Worker {
    const worker = this.#options.start(this.#started, this.#cancelled);
    this.#started += 1;
    worker.on("message", (message: Message) => this.#listeners.get(worker)?.onMessage(message));
    worker.on("error", (error) => this.#died(worker, error));
    worker.on("exit", () => this.#died(worker, undefined));
    this.#workers.add(worker);
    return worker;
  }

  #died(worker: Worker, cause: unknown): void {
    if (!this.#workers.delete(worker)) return;
    const reason = cause instanceof Error ? `: ${cause.message}` : "";
    this.#death ??= new ColdstowError("E_INTERNAL", `A worker thread ended by itself${reason}`, {
      cause,
    });
    this.#listeners.get(worker)?.onDeath(this.#death);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
