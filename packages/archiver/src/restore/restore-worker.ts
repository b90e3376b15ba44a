import { closeSync, constants, ftruncateSync, openSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { ColdstowError, fromSystemError, isColdstowError } from "@coldstow/contracts";
import { fsPath } from "../files/fs-path.ts";
import { readPack, type PackFile } from "../pack/read-pack.ts";
import { PieceSink } from "./piece-sink.ts";
import { attempt, isRestored, placeNames } from "./place-names.ts";
import type {
  NameOutcome,
  RestoreJob,
  RestoreName,
  RestorePiece,
  RestoreReply,
  RestoreWorkerData,
} from "./restore-job.ts";
import { SafeTree, type FileInPlace } from "./safe-tree.ts";

const { root, onExisting, fresh, identities, progress, cancelled } =
  workerData as RestoreWorkerData;
/** Pieces with less than this between them are read in one go. */
const gapBytes = 4 << 20;

/** A piece on its way: where its bytes go, and what happens at its end. */
interface OpenPiece {
  readonly write: (bytes: Uint8Array) => void;
  readonly finish: () => void;
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

  /** True for a piece all of whose names are there already, so that it need not be read. */
  isThere(piece: RestorePiece): boolean {
    if (piece.to.type === "slice") return false;
    const { names } = piece.to;
    if (!names.every((name) => isRestored(this.#tree, name, piece.sizeBytes))) return false;
    for (const { path } of names) this.add({ path, outcome: "unchanged" });
    return true;
  }

  /** Undefined where there is nothing to write: every name is there already or must be kept. */
  open(piece: RestorePiece): OpenPiece | undefined {
    if (piece.to.type === "slice") return this.#openSlice(piece, piece.to);
    const names = [...piece.to.names];
    for (let first = names.shift(); first !== undefined; first = names.shift()) {
      const name = first;
      if (isRestored(this.#tree, name, piece.sizeBytes)) {
        this.add({ path: name.path, outcome: "unchanged" });
        for (const one of placeNames(this.#tree, name, names, piece.sizeBytes)) this.add(one);
        return undefined;
      }
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
          this.#damaged([name, ...others], error);
          return;
        }
        const placed = attempt(name, () => {
          this.#tree.placeFile(writing, name);
          return "restored";
        });
        this.add(placed);
        if (placed.outcome !== "restored") return;
        for (const one of placeNames(this.#tree, name, others, piece.sizeBytes)) this.add(one);
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
        } catch (error) {
          if (!isColdstowError(error)) throw error;
          const { code, message } = error;
          this.outcomes.push({ path: to.path, outcome: "damaged", code, message });
        } finally {
          closeSync(file);
        }
      },
    };
  }

  #damaged(names: readonly RestoreName[], error: ColdstowError): void {
    for (const { path } of names) {
      this.outcomes.push({ path, outcome: "damaged", code: error.code, message: error.message });
    }
  }
}

async function restore(job: RestoreJob, tree: SafeTree): Promise<RestoreReply> {
  const run = new JobRun(tree);
  const done = new Set<number>();
  const there = new Set(fresh ? [] : job.pieces.filter((piece) => run.isThere(piece)));
  const pieces = job.pieces.filter((piece) => !there.has(piece));
  try {
    for (let first = 0; first < pieces.length;) {
      first = await readTogether(job.pack, pieces, first, run, done);
    }
  } catch (error) {
    if (!isColdstowError(error) || !["E_FIXITY", "E_FORMAT", "E_NOT_FOUND"].includes(error.code)) {
      throw error;
    }
    const unread = pieces.filter((_, index) => !done.has(index));
    const failed = {
      code: error.code,
      message: error.message,
      pieces: unread.map((piece) => job.pieces.indexOf(piece)),
    };
    return { outcomes: run.outcomes, restored: run.restored, failed };
  }
  return { outcomes: run.outcomes, restored: run.restored };
}

/** Reads pieces that lie close together. @returns the index of the first piece that is left */
async function readTogether(
  pack: PackFile,
  pieces: readonly RestorePiece[],
  first: number,
  run: JobRun,
  done: Set<number>,
): Promise<number> {
  const start = pieces[first]?.offset ?? 0;
  let end = start;
  let last = first;
  for (let next = first; next < pieces.length; next += 1) {
    const piece = pieces[next];
    if (piece === undefined || piece.offset - end > gapBytes || piece.offset < end) break;
    end = piece.offset + piece.storedBytes;
    last = next + 1;
    // Reading goes on past the last byte only to authenticate what belongs to the piece.
    if (piece.storedBytes === 0) end = piece.offset;
  }
  const tar = readPack(pack, identities, start, end);
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
      open?.finish();
      open = undefined;
      done.add(index);
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
        finished?.finish();
        done.add(index);
        index += 1;
        begin();
      }
    }
    if (index < last) throw new ColdstowError("E_FIXITY", "The pack ends before its content does.");
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

parentPort?.on("message", (job: RestoreJob) => {
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
