import type { BodySource, Digest } from "@coldstow/contracts";

export interface SourceOptions {
  /** Length of every chunk but the last; 64 KiB if not given. */
  readonly chunkBytes?: number;
  /** Yields the same buffer again and again, filled anew: a backend that keeps a chunk sees it change. */
  readonly reuseBuffer?: boolean;
  readonly digests?: readonly Digest[];
  /** Announced size, where it is not the truth. */
  readonly announcedBytes?: number;
  /** Called before each chunk with the offset it starts at; it may throw, or wait. */
  readonly beforeChunk?: (at: number) => Promise<void> | void;
}

/** A source that remembers at which offsets it was opened. */
export interface TrackedSource extends BodySource {
  readonly opened: readonly number[];
}

/** A body of these bytes that behaves as the options say. */
export function trackedSource(bytes: Uint8Array, options: SourceOptions = {}): TrackedSource {
  const { chunkBytes = 65_536, reuseBuffer = false } = options;
  const opened: number[] = [];
  return {
    sizeBytes: options.announcedBytes ?? bytes.length,
    digests: options.digests ?? [],
    opened,
    async *open(offset: number): AsyncGenerator<Uint8Array, void, undefined> {
      opened.push(offset);
      const buffer = new Uint8Array(chunkBytes);
      for (let at = offset; at < bytes.length; at += chunkBytes) {
        await options.beforeChunk?.(at);
        const chunk = bytes.subarray(at, at + chunkBytes);
        if (!reuseBuffer) {
          yield chunk;
          continue;
        }
        buffer.set(chunk);
        yield buffer.subarray(0, chunk.length);
        buffer.fill(0xee);
      }
      await options.beforeChunk?.(bytes.length);
    },
  };
}
