import { ColdstowError, isColdstowError } from "@coldstow/contracts";
import { TarReader, type ReadMember } from "../tar/index.ts";

/** A member with its data. Read them, or ask for the next member, which skips what is left. */
export interface TarMemberStream {
  readonly member: ReadMember;
  /** @throws {E_FORMAT} if the tar ends or is damaged before the member is whole */
  readonly data: AsyncIterable<Uint8Array>;
}

/** What is told of a tar besides its members. */
export interface TarMemberEvents {
  /** Bytes that could not be read as a tar; reading went on behind them. */
  skipped(reason: string): void;
  /** The tar ended without its end marks. */
  unmarkedEnd(): void;
}

type Event =
  | { readonly type: "start"; readonly member: ReadMember }
  | { readonly type: "data"; readonly bytes: Uint8Array }
  | { readonly type: "end"; readonly missingBytes: number };

/**
 * The members of a tar in their order, each as a stream. Reading goes on behind damage where it can.
 * Memory: what one chunk yields.
 * @throws whatever `chunks` throws, after the members in front of it; a member that it cuts fails first
 */
export async function* tarMembers(
  chunks: AsyncIterable<Uint8Array>,
  events: TarMemberEvents,
): AsyncGenerator<TarMemberStream, void, undefined> {
  const queue = new MemberQueue(chunks, events);
  try {
    for (;;) {
      const event = await queue.next();
      if (event === undefined) return;
      if (event.type === "start") yield { member: event.member, data: queue.data() };
    }
  } finally {
    await queue.close();
  }
}

class MemberQueue {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #reader: TarReader;
  #ready: Event[] = [];
  #at = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(chunks: AsyncIterable<Uint8Array>, events: TarMemberEvents) {
    this.#source = chunks[Symbol.asyncIterator]();
    const push = (event: Event): unknown => this.#ready.push(event);
    this.#reader = new TarReader(
      {
        memberStart: (member) => push({ type: "start", member }),
        data: (bytes) => push({ type: "data", bytes }),
        memberEnd: (_, missingBytes) => push({ type: "end", missingBytes }),
        skipped: ({ reason }) => events.skipped(reason),
        end: ({ marked }) => (marked ? undefined : events.unmarkedEnd()),
      },
      { resync: true },
    );
  }

  async next(): Promise<Event | undefined> {
    while (this.#at === this.#ready.length) {
      if (this.#ended) return undefined;
      this.#ready = [];
      this.#at = 0;
      // Who reads a member may swallow the error that cut it; who asks for the next one hears of it too.
      if (this.#failure !== undefined) throw this.#failure.error;
      const step = await this.#source.next().catch((error: unknown) => {
        this.#failure = { error };
        throw error;
      });
      if (step.done === true) {
        this.#ended = true;
        this.#reader.finish();
      } else this.#reader.feed(step.value);
    }
    const event = this.#ready[this.#at];
    this.#at += 1;
    return event;
  }

  async *data(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const event = await this.next();
      if (event?.type === "data") yield event.bytes;
      else if (event?.type === "end" && event.missingBytes === 0) return;
      else throw cut();
    }
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

function cut(): ColdstowError {
  return new ColdstowError("E_FORMAT", "The tar ends within this file. Nothing of it was kept.");
}

/** True for an error that tells of the tar's bytes, and not of the place they come from. */
export function isDamage(error: unknown): boolean {
  return isColdstowError(error) && error.code === "E_FORMAT";
}
