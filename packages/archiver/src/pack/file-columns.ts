import type { FreshStat, PackedMember, Settlement } from "@coldstow/catalogue/journal";

/**
 * What reading many files led to, as columns: it crosses threads without being copied, and takes some
 * 130 bytes a file where objects take ten times that.
 */
export interface FileColumns {
  readonly count: number;
  /** Per file: seq, size, offset, stored bytes, sparse, size on disk, mode, uid, gid, unstable. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Per file: mtime and ctime in nanoseconds since 1970. */
  readonly times: BigInt64Array<ArrayBuffer>;
  /** 32 bytes per file. */
  readonly digests: Uint8Array<ArrayBuffer>;
}

const numbersPerFile = 10;
const digestBytes = 32;

/** Where the bytes of a file lie in its pack. */
type Placing = Pick<PackedMember, "sizeBytes" | "offset" | "storedBytes" | "sparse">;

const nowhere: Placing = { sizeBytes: 0, offset: 0, storedBytes: 0, sparse: false };

/** Gathers the results of a known number of files at most. */
export class FileColumnsWriter {
  #count = 0;
  readonly #numbers: Float64Array<ArrayBuffer>;
  readonly #times: BigInt64Array<ArrayBuffer>;
  readonly #digests: Uint8Array<ArrayBuffer>;

  constructor(files: number) {
    this.#numbers = new Float64Array(files * numbersPerFile);
    this.#times = new BigInt64Array(files * 2);
    this.#digests = new Uint8Array(files * digestBytes);
  }

  get count(): number {
    return this.#count;
  }

  add(seq: number, sha256: Uint8Array, stat: FreshStat, placing: Placing = nowhere): void {
    const numbers = this.#numbers;
    const at = this.#count * numbersPerFile;
    numbers[at] = seq;
    numbers[at + 1] = placing.sizeBytes;
    numbers[at + 2] = placing.offset;
    numbers[at + 3] = placing.storedBytes;
    numbers[at + 4] = placing.sparse ? 1 : 0;
    numbers[at + 5] = stat.sizeBytes;
    numbers[at + 6] = stat.mode;
    numbers[at + 7] = stat.uid;
    numbers[at + 8] = stat.gid;
    numbers[at + 9] = stat.unstable ? 1 : 0;
    this.#times[this.#count * 2] = stat.mtimeNs;
    this.#times[this.#count * 2 + 1] = stat.ctimeNs;
    this.#digests.set(sha256, this.#count * digestBytes);
    this.#count += 1;
  }

  /** The columns; the writer must not be used afterwards. */
  take(): FileColumns {
    return {
      count: this.#count,
      numbers: this.#numbers,
      times: this.#times,
      digests: this.#digests,
    };
  }
}

/** What `postMessage` hands over instead of copying it. */
export function transferOf({ numbers, times, digests }: FileColumns): ArrayBuffer[] {
  return [numbers.buffer, times.buffer, digests.buffer];
}

/** The columns as whole files in a pack; each member exists only while it is looked at. */
export function membersOf(columns: FileColumns): Iterable<PackedMember> {
  return {
    *[Symbol.iterator]() {
      for (let file = 0; file < columns.count; file += 1) {
        const number = (index: number): number =>
          columns.numbers[file * numbersPerFile + index] ?? 0;
        yield {
          seq: number(0),
          sha256: digestOf(columns, file),
          sizeBytes: number(1),
          offset: number(2),
          storedBytes: number(3),
          sparse: number(4) === 1,
          stat: statOf(columns, file),
        };
      }
    },
  };
}

/** The columns as files whose content is known, and after them those that ended otherwise. */
export function settlementsOf(
  linked: FileColumns,
  others: readonly Settlement[],
): Iterable<Settlement> {
  return {
    *[Symbol.iterator]() {
      for (let file = 0; file < linked.count; file += 1) {
        yield {
          seq: linked.numbers[file * numbersPerFile] ?? 0,
          state: "linked",
          sha256: digestOf(linked, file),
          stat: statOf(linked, file),
        };
      }
      yield* others;
    },
  };
}

function digestOf({ digests }: FileColumns, file: number): Uint8Array {
  return digests.subarray(file * digestBytes, (file + 1) * digestBytes);
}

function statOf({ numbers, times }: FileColumns, file: number): FreshStat {
  const number = (index: number): number => numbers[file * numbersPerFile + index] ?? 0;
  return {
    sizeBytes: number(5),
    mode: number(6),
    uid: number(7),
    gid: number(8),
    unstable: number(9) === 1,
    mtimeNs: times[file * 2] ?? 0n,
    ctimeNs: times[file * 2 + 1] ?? 0n,
  };
}
