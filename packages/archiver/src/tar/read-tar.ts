import type { ReadMember, SkippedRange, TarEnd } from "./read-member.ts";
import { TarReader, type TarReaderOptions } from "./tar-reader.ts";

/** What {@link readTar} yields, in the order of the tar. */
export type TarEvent =
  | { readonly type: "member"; readonly member: ReadMember }
  | { readonly type: "data"; readonly bytes: Uint8Array; readonly fileOffset: number }
  | { readonly type: "member-end"; readonly missingBytes: number }
  | ({ readonly type: "skipped" } & SkippedRange)
  | ({ readonly type: "end" } & TarEnd);

/**
 * Reads a tar by pulling: the events of one chunk are gathered, then yielded before the next is asked
 * for. Data are views of the chunk. See {@link TarReader} for what is read and how it fails.
 *
 * @throws {E_FORMAT} when the tar is damaged, unless `resync` is set
 */
export function* readTar(
  chunks: Iterable<Uint8Array>,
  options: TarReaderOptions = {},
): Generator<TarEvent, void, undefined> {
  let events: TarEvent[] = [];
  const reader = new TarReader(
    {
      memberStart: (member) => events.push({ type: "member", member }),
      data: (bytes, fileOffset) => events.push({ type: "data", bytes, fileOffset }),
      memberEnd: (_, missingBytes) => events.push({ type: "member-end", missingBytes }),
      skipped: (range) => events.push({ type: "skipped", ...range }),
      end: (end) => events.push({ type: "end", ...end }),
    },
    options,
  );
  for (const chunk of chunks) {
    try {
      reader.feed(chunk);
    } catch (error) {
      // What came before the damage is whole and is handed out first.
      yield* events;
      throw error;
    }
    yield* events;
    events = [];
  }
  reader.finish();
  yield* events;
}
