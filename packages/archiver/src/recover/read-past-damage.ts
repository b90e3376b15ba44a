import { openStreamPastDamage } from "@coldstow/crypto";
import { FrameSplitter } from "./frame-splitter.ts";
import type { PackObject } from "./source-object.ts";

/** A run of bytes of a pack's tar. */
export interface TarStretch {
  /** Valid until the next stretch is asked for. */
  readonly bytes: Uint8Array;
  /** The true bytes are unknown, and these are zeros. */
  readonly lost: boolean;
}

/** One damaged place of a pack. */
export interface PackDamage {
  /**
   * - `header`: the envelope's header was damaged, but it could be opened
   * - `bytes`: the bytes of the range are lost
   * - `cut`: the end is missing; how much is not known
   * - `surplus`: bytes behind the end were ignored
   * - `tar`: a stretch of the tar holds no members where some should be
   * - `manifest`: a line of the manifest is lost
   */
  readonly reason: "header" | "bytes" | "cut" | "surplus" | "tar" | "manifest";
  /** Range of the uncompressed tar. */
  readonly start: number;
  readonly end: number;
}

export interface ReadPastDamageOptions {
  readonly identities: readonly string[];
  /** Told of each damaged place before its bytes come. */
  readonly onDamage: (damage: PackDamage) => void;
  /** Is shown every byte of the object as it is stored. */
  readonly onObject?: (bytes: Uint8Array) => void;
  /** How many bytes of tar are missing at each gap of a compressed pack, where that was found out. */
  readonly gapBytes?: readonly number[];
}

const zeros = new Uint8Array(1 << 20);

/**
 * The tar in a pack, past damage: what is lost comes as zeros, so that everything keeps its place. A
 * damaged chunk of the envelope costs 64 KiB of the tar, in a compressed pack the frame or frames that
 * it touches (docs/formats/recovery.md, section 4). Memory: one frame.
 * @throws {E_WRONG_KEY | E_FORMAT | E_FIXITY} if the envelope cannot be opened at all
 */
export async function* readPastDamage(
  pack: PackObject,
  options: ReadPastDamageOptions,
): AsyncGenerator<TarStretch, void, undefined> {
  if (pack.zstd) yield* decompressed(pack, options);
  else yield* unsealed(pack, options, options.onDamage);
}

async function* unsealed(
  pack: PackObject,
  options: ReadPastDamageOptions,
  onDamage: (damage: PackDamage) => void,
): AsyncGenerator<TarStretch, void, undefined> {
  const stored = watched(pack.open(), options.onObject);
  if (!pack.sealed) {
    for await (const bytes of stored) yield { bytes, lost: false };
    return;
  }
  let lost = false;
  const plain = openStreamPastDamage(stored, options.identities, (damage) => {
    lost = damage.reason === "chunk";
    const reason = damage.reason === "chunk" ? "bytes" : damage.reason;
    onDamage({ reason, start: damage.plainStart, end: damage.plainEnd });
  });
  for await (const bytes of plain) {
    const stretch = { bytes, lost };
    lost = false;
    yield stretch;
  }
}

/** Bytes that a pack lost in an earlier place are not told again: the frames that they cost are. */
async function* decompressed(
  pack: PackObject,
  options: ReadPastDamageOptions,
): AsyncGenerator<TarStretch, void, undefined> {
  const { onDamage, gapBytes } = options;
  const splitter = new FrameSplitter();
  let at = 0;
  let gaps = 0;
  const take = function* (events: ReturnType<FrameSplitter["push"]>): Generator<TarStretch> {
    for (const event of events) {
      if (event.type === "tar") {
        at += event.bytes.length;
        yield { bytes: event.bytes, lost: false };
        continue;
      }
      const missing = gapBytes?.[gaps] ?? event.tarBytes;
      gaps += 1;
      onDamage({ reason: "bytes", start: at, end: at + missing });
      at += missing;
      for (let left = missing; left > 0; left -= Math.min(left, zeros.length)) {
        yield { bytes: zeros.subarray(0, left), lost: true };
      }
    }
  };
  const stretches = unsealed(pack, options, (damage) => {
    if (damage.reason !== "bytes") onDamage({ ...damage, start: at, end: at });
  });
  for await (const { bytes, lost } of stretches) yield* take(splitter.push(bytes, lost));
  yield* take(splitter.finish());
}

async function* watched(
  pieces: AsyncIterable<Uint8Array>,
  onObject: ((bytes: Uint8Array) => void) | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const bytes of pieces) {
    onObject?.(bytes);
    yield bytes;
  }
}
