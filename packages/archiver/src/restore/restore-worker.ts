import { closeSync, constants, ftruncateSync, openSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { ColdstowError, fromSystemError, isColdstowError } from "@coldstow/contracts";
import { fsPath } from "../files/fs-path.ts";
import { readPack, type PackFile } from "../pack/read-pack.ts";
import { groupAt } from "./piece-groups.ts";
import { PieceSink } from "./piece-sink.ts";
import { attempt, namesThere, placeNames } from "./place-names.ts";
import type {
  NameOutcome,
  RestoreJob,
  RestoreName,
  RestorePiece,
  RestoreReply,
  RestoreWorkerData,
} from "./restore-job.ts";
import { SafeTree, type FileInPlace } from "./safe-tree.ts";

const { root, onExisting, identities, progress, cancelled } = workerData as RestoreWorkerData;

/** A piece on its way: where its bytes go, and what happens at its end. */
interface OpenPiece {
  readonly write: (bytes: Uint8Array) => void;
  /** @returns false if the bytes are not those that were archived */
  readonly finish: () => boolean;
  readonly abandon: () => void;
}

class JobRun {
  readonly outcomes: NameOutcome[] = [];
  restored = 0;
  readonly #tree: SafeTree;

  constructor(tree: SafeTree) {
    this.#tree = tree;
  }

  add(outcome: NameOutcome): void {
    if (outcome.outcome === "restored") {
      this.restored += 1;
      Atomics.add(progress, 1, 1n);
    } else {
      this.outcomes.push(outcome);
    }
  }

  /** Undefined where there is nothing to write: every name is there already or must be kept. */
  open(piece: RestorePiece): OpenPiece | undefined {
    if (piece.to.type === "slice") return this.#openSlice(piece, piece.to);
    const { outcomes, missing: names } = namesThere(this.#tree, piece.to.names, piece.sizeBytes);
    for (const outcome of outcomes) this.add(outcome);
    for (let first = names.shift(); first !== undefined; first = names.shift()) {
      const name = first;
      let writing: FileInPlace | undefined;
      const outcome = attempt(name, () => {
        writing = this.#tree.beginFree(name.path);
        return "restored";
      });
      if (writing !== undefined) return this.#openWhole(piece, name, names, writing);
      this.add(outcome);
    }
    return undefined;
  }

  #openWhole(
    piece: RestorePiece,
    name: RestoreName,
    others: readonly RestoreName[],
    writing: FileInPlace,
  ): OpenPiece {
    if (piece.sparse) ftruncateSync(writing.file, piece.sizeBytes);
    const sink = new PieceSink(writing.file, 0, piece);
    return {
      write: (bytes) => sink.write(bytes),
      abandon: () => this.#tree.dropFile(writing),
      finish: () => {
        try {
          sink.finish(piece.sha256);
        } catch (error) {
          this.#tree.dropFile(writing);
          if (!isColdstowError(error)) throw error;
          return false;
        }
        const placed = attempt(name, () => {
          this.#tree.placeFile(writing, name);
          return "restored";
        });
        this.add(placed);
        if (placed.outcome !== "restored") return true;
        for (const one of placeNames(this.#tree, name, others, piece.sizeBytes)) this.add(one);
        return true;
      },
    };
  }

  #openSlice(piece: RestorePiece, to: Extract<RestorePiece["to"], { type: "slice" }>): OpenPiece {
    const file = openSync(fsPath(to.temporary), constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
    const sink = new PieceSink(file, to.startByte, piece);
    return {
      write: (bytes) => sink.write(bytes),
      abandon: () => closeSync(file),
      finish: () => {
        try {
          sink.finish(piece.sha256);
          return true;
        } catch (error) {
          if (!isColdstowError(error)) throw error;
          return false;
        } finally {
          closeSync(file);
        }
      },
    };
  }
}

function otherBytes(): ColdstowError {
  return new ColdstowError("E_FIXITY", "Some bytes are not those that were archived.");
}

/** One copy of a pack, and what was wrong with it. */
class PackReading {
  failure: ColdstowError | undefined;
  readonly #pack: PackFile;

  constructor(pack: PackFile) {
    this.#pack = pack;
  }

  async *read(start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* readPack(this.#pack, identities, start, end);
    } catch (error) {
      throw this.unread(fromSystemError(error, "Reading a pack", this.#pack.path));
    }
  }

  /** Notes that the copy cannot be read as it should. */
  unread(error: ColdstowError): ColdstowError {
    this.failure = error;
    return error;
  }
}

async function restore(job: RestoreJob, tree: SafeTree): Promise<RestoreReply> {
  const run = new JobRun(tree);
  const done = new Set<number>();
  const { pieces } = job;
  const reading = new PackReading(job.pack);
  try {
    for (let first = 0; first < pieces.length;) {
      first = await readTogether(reading, pieces, first, run, done);
    }
    if (done.size < pieces.length) throw reading.unread(otherBytes());
  } catch (error) {
    // Whatever is wrong with this copy, another one may be good; what is wrong here is not.
    if (!isColdstowError(error) || error !== reading.failure) throw error;
    const failed = {
      code: error.code,
      message: error.message,
      pieces: pieces.map((_, index) => index).filter((index) => !done.has(index)),
    };
    return { outcomes: run.outcomes, restored: run.restored, failed };
  }
  return { outcomes: run.outcomes, restored: run.restored };
}

/** Reads pieces that lie close together. @returns the index of the first piece that is left */
async function readTogether(
  pack: PackReading,
  pieces: readonly RestorePiece[],
  first: number,
  run: JobRun,
  done: Set<number>,
): Promise<number> {
  const { last, start, end } = groupAt(pieces, first);
  const tar = pack.read(start, end);
  let at = start;
  let index = first;
  let open: OpenPiece | undefined;
  let left = 0;
  const begin = (): void => {
    for (; index < last; index += 1) {
      const piece = pieces[index];
      if (piece === undefined || piece.offset > at) return;
      open = run.open(piece);
      left = piece.storedBytes;
      if (left > 0) return;
      const isGood = open?.finish() ?? true;
      open = undefined;
      if (isGood) done.add(index);
    }
  };
  try {
    begin();
    for await (const bytes of tar) {
      stopIfCancelled();
      Atomics.add(progress, 0, BigInt(bytes.length));
      for (let from = 0; from < bytes.length;) {
        if (left === 0) {
          const skip = Math.min((pieces[index]?.offset ?? end) - at, bytes.length - from);
          at += skip;
          from += skip;
          begin();
          if (left === 0 && skip === 0) break;
          continue;
        }
        const count = Math.min(left, bytes.length - from);
        open?.write(bytes.subarray(from, from + count));
        from += count;
        at += count;
        left -= count;
        if (left > 0) continue;
        const finished = open;
        open = undefined;
        if (finished?.finish() ?? true) done.add(index);
        index += 1;
        begin();
      }
    }
    if (index < last) {
      throw pack.unread(new ColdstowError("E_FIXITY", "The pack ends before its content does."));
    }
    return last;
  } finally {
    open?.abandon();
  }
}

function stopIfCancelled(): void {
  if (Atomics.load(cancelled, 0) !== 0) {
    throw new ColdstowError("E_CANCELLED", "Interrupted. What was restored so far is whole.");
  }
}

const tree = SafeTree.at(root, onExisting);

parentPort?.on("message", (job: RestoreJob | "end") => {
  if (job === "end") {
    void tree.finally(() => parentPort?.close()).catch(() => undefined);
    return;
  }
  void tree
    .then(async (ready) => restore(job, ready))
    .then(
      (reply) => parentPort?.postMessage(reply),
      (error: unknown) => {
        const { code, message, subject } = fromSystemError(error, "Restoring");
        parentPort?.postMessage({ error: { code, message, subject } });
      },
    );
});
