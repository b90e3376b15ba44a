import { zstdDecompressSync } from "node:zlib";
import { frameMagic, frameShape } from "./zstd-frame.ts";

/** What a stretch of compressed bytes turned out to be. */
export type FrameEvent =
  | { readonly type: "tar"; readonly bytes: Uint8Array }
  /** At least one frame is lost; so many bytes of tar are missing if it was just one. */
  | { readonly type: "lost"; readonly tarBytes: number };

/** A frame of a pack holds this much of the tar, but for the last (docs/formats/recovery.md, section 4). */
export const tarBytesPerFrame: number = 4 << 20;

/** A frame that is longer than this is no pack's. */
const maxFrameBytes = 12 << 20;
const maxTarBytes = 64 << 20;

/**
 * Cuts the compressed bytes of a pack into frames, decodes each by itself, and reads on at the next
 * frame where one is damaged. Memory: one frame and what it decodes to.
 */
export class FrameSplitter {
  #buffer: Buffer = Buffer.alloc(1 << 20);
  #length = 0;
  /** Damaged ranges of the buffer, ascending. */
  #lost: [start: number, end: number][] = [];
  #seeking = false;

  *push(bytes: Uint8Array, lost: boolean): Generator<FrameEvent, void, undefined> {
    this.#append(bytes, lost);
    yield* this.#read(false);
  }

  *finish(): Generator<FrameEvent, void, undefined> {
    yield* this.#read(true);
  }

  #append(bytes: Uint8Array, lost: boolean): void {
    const end = this.#length + bytes.length;
    if (end > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(end, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#length);
    if (lost) this.#lost.push([this.#length, end]);
    this.#length = end;
  }

  *#read(isEnd: boolean): Generator<FrameEvent, void, undefined> {
    while (this.#length > 0) {
      if (this.#seeking && !this.#seek()) return;
      const have = this.#buffer.subarray(0, this.#length);
      const shape = frameShape(have, (start, end) => this.#isLost(start, end));
      if (shape.type === "more" && !isEnd && this.#length < maxFrameBytes) return;
      if (shape.type === "whole") {
        const tar = this.#isLost(0, shape.end) ? undefined : decode(have.subarray(0, shape.end));
        if (tar !== undefined) {
          this.#drop(shape.end);
          yield { type: "tar", bytes: tar };
          continue;
        }
        // The chain of blocks may itself be damaged: it is believed where it leads to a frame or the end.
        const next = have.subarray(shape.end, shape.end + 4);
        const isNext = next.equals(frameMagic) || (isEnd && next.length === 0);
        if (isNext) this.#drop(shape.end);
        else this.#beginSeeking();
      } else {
        this.#beginSeeking();
      }
      // Only the last frame is not full, and what a damaged header says of its size is not believed elsewhere.
      const isLast = isEnd && this.#length === 0;
      yield { type: "lost", tarBytes: isLast ? believable(shape.contentBytes) : tarBytesPerFrame };
    }
  }

  #beginSeeking(): void {
    this.#drop(Math.min(1, this.#length));
    this.#seeking = true;
  }

  /** Goes to the next frame's magic. @returns false if there is none yet */
  #seek(): boolean {
    for (let from = 0; ;) {
      const at = this.#buffer.subarray(0, this.#length).indexOf(frameMagic, from);
      if (at < 0) {
        this.#drop(Math.max(0, this.#length - 3));
        return false;
      }
      if (!this.#isLost(at, at + 4)) {
        this.#drop(at);
        this.#seeking = false;
        return true;
      }
      from = at + 1;
    }
  }

  #isLost(start: number, end: number): boolean {
    return this.#lost.some((range) => range[0] < end && start < range[1]);
  }

  #drop(bytes: number): void {
    this.#buffer.copyWithin(0, bytes, this.#length);
    this.#length -= bytes;
    this.#lost = this.#lost
      .map(([start, end]): [number, number] => [Math.max(0, start - bytes), end - bytes])
      .filter(([, end]) => end > 0);
  }
}

function decode(frame: Uint8Array): Uint8Array | undefined {
  try {
    return zstdDecompressSync(frame, { maxOutputLength: maxTarBytes });
  } catch {
    return undefined;
  }
}

function believable(contentBytes: number | undefined): number {
  return contentBytes !== undefined && contentBytes > 0 && contentBytes <= tarBytesPerFrame
    ? contentBytes
    : tarBytesPerFrame;
}
