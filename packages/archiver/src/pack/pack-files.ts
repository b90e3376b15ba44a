import { createHash, hash } from "node:crypto";
import type { PackedMember, Settlement } from "@coldstow/catalogue/journal";
import { isColdstowError } from "@coldstow/contracts";
import { encodeSparseMap, sparseStoredBytes, type SparseLayout } from "../tar/index.ts";
import type { Claims } from "./claims.ts";
import { dataMap, dataMapOf, type DataRange } from "./data-map.ts";
import { memberLine } from "./member-line.ts";
import type { FileProblem, FileTask } from "./pack-job.ts";
import type { PackWriter } from "./pack-writer.ts";
import { hashRange, readSmall, smallFileBytes } from "./read-content.ts";
import { SourceFile, SourceProblem, sourceProblem } from "./source-file.ts";

/** What reading one file led to. */
export interface FileOutcome {
  readonly member?: PackedMember;
  readonly settlement?: Settlement;
  readonly problem?: FileProblem;
}

export type CountBytes = (bytes: number) => void;

const zeros = Buffer.alloc(1 << 20);

/**
 * Reads one file and stores it in the pack, unless its content is known. A file that cannot be read
 * is an outcome, not an error.
 * @throws {E_NO_SPACE | E_IO …} if the pack cannot be written
 */
export function packFile(
  writer: PackWriter,
  claims: Claims,
  root: string,
  task: FileTask,
  count: CountBytes,
): FileOutcome {
  let source: SourceFile;
  try {
    source = SourceFile.open(root, task.path);
  } catch (error) {
    return failed(task, sourceProblem(error));
  }
  try {
    if (source.sizeBytes <= smallFileBytes) return packSmall(writer, claims, task, source, count);
    return packLarge(writer, claims, task, source, count);
  } finally {
    source.close();
  }
}

function packSmall(
  writer: PackWriter,
  claims: Claims,
  task: FileTask,
  source: SourceFile,
  count: CountBytes,
): FileOutcome {
  let bytes: Buffer;
  try {
    bytes = readSmall(source.file, source.sizeBytes);
  } catch (error) {
    return failed(task, sourceProblem(error));
  }
  count(bytes.length);
  const sha256: Uint8Array = hash("sha256", bytes, "buffer");
  const stat = { ...source.stat(), sizeBytes: bytes.length };
  const problem = stat.unstable ? changed(task) : undefined;
  if (!claims.claim(sha256) && !task.forced) {
    return {
      settlement: { seq: task.seq, state: "linked", sha256, stat },
      ...(problem && { problem }),
    };
  }
  const layout =
    source.allocatedBytes < bytes.length ? worthwhile(bytes.length, dataMapOf(bytes)) : undefined;
  const member = { path: task.path, stat, sizeBytes: bytes.length, layout };
  const offset = beginFile(writer, member);
  if (layout === undefined) writer.write(bytes);
  else for (const [at, length] of layout.map) writer.write(bytes.subarray(at, at + length));
  return finishFile(writer, task, { ...member, offset, sha256 }, problem);
}

function packLarge(
  writer: PackWriter,
  claims: Claims,
  task: FileTask,
  source: SourceFile,
  count: CountBytes,
): FileOutcome {
  const { file, sizeBytes } = source;
  let layout: SparseLayout | undefined;
  try {
    if (task.hashFirst && !task.forced) {
      const { sha256, bytes } = hashRange(file, 0, sizeBytes);
      if (bytes === sizeBytes && !claims.claim(sha256)) {
        count(bytes);
        const stat = source.stat();
        const problem = stat.unstable ? changed(task) : undefined;
        const settlement = { seq: task.seq, state: "linked", sha256, stat } as const;
        return { settlement, ...(problem && { problem }) };
      }
    }
    if (source.allocatedBytes < sizeBytes) layout = layoutOf(file, 0, sizeBytes);
  } catch (error) {
    return failed(task, sourceProblem(error));
  }
  const before = source.stat();
  const member = { path: task.path, stat: before, sizeBytes, layout };
  const offset = beginFile(writer, member);
  const copied = copyRange(writer, file, 0, sizeBytes, layout, count);
  if (copied.problem !== undefined) {
    finishFile(writer, task, { ...member, offset, sha256: copied.sha256, torn: true }, undefined);
    const { problem, settlement } = failed(task, copied.problem);
    return { problem, settlement: { ...settlement, torn: true } };
  }
  const stat = source.stat();
  if (!task.hashFirst) claims.claim(copied.sha256);
  const problem = stat.unstable ? changed(task) : undefined;
  return finishFile(writer, task, { ...member, stat, offset, sha256: copied.sha256 }, problem);
}

/** A member as it is being written. */
export interface MemberInProgress {
  /** The member's name: the file's path, or that of one of its slices. */
  readonly path: string;
  readonly stat: PackedMember["stat"];
  /** Of the member's logical content. */
  readonly sizeBytes: number;
  readonly layout: SparseLayout | undefined;
}

/** Writes the header, and the map of a sparse member. @returns where its stored data begin */
export function beginFile(writer: PackWriter, member: MemberInProgress): number {
  const { layout, stat } = member;
  const offset = writer.beginMember({
    path: member.path,
    kind: "file",
    sizeBytes: storedBytes(member),
    mode: stat.mode,
    mtimeNs: stat.mtimeNs,
    uid: stat.uid,
    gid: stat.gid,
    ...(layout && { sparse: layout }),
  });
  if (layout !== undefined) writer.write(encodeSparseMap(layout));
  return offset;
}

/** Bytes that the member's data take in the tar. */
export function storedBytes(member: MemberInProgress): number {
  return member.layout === undefined ? member.sizeBytes : sparseStoredBytes(member.layout);
}

/** Where a range of a file has data; undefined where leaving holes out would gain nothing. */
export function layoutOf(file: number, start: number, end: number): SparseLayout | undefined {
  return worthwhile(end - start, dataMap(file, start, end));
}

function worthwhile(
  realSizeBytes: number,
  map: readonly DataRange[] | undefined,
): SparseLayout | undefined {
  if (map === undefined) return undefined;
  const layout = { realSizeBytes, map };
  return sparseStoredBytes(layout) < realSizeBytes ? layout : undefined;
}

/** Copies a range of a file into the pack. What is missing because the file shrank is written as zeros. */
export function copyRange(
  writer: PackWriter,
  file: number,
  start: number,
  end: number,
  layout: SparseLayout | undefined,
  count: CountBytes,
  alsoHash?: (bytes: Uint8Array) => void,
): { readonly sha256: Uint8Array; readonly problem: SourceProblem | undefined } {
  const digest = createHash("sha256");
  let problem: SourceProblem | undefined;
  let taken = 0;
  const take = (bytes: Uint8Array): void => {
    taken += bytes.length;
    digest.update(bytes);
    alsoHash?.(bytes);
    count(bytes.length);
  };
  const hole = (bytes: number): void => {
    for (let left = bytes; left > 0; left -= zeros.length) {
      take(left < zeros.length ? zeros.subarray(0, left) : zeros);
    }
  };
  let at = 0;
  for (const [offset, length] of layout?.map ?? [[0, end - start] as const]) {
    hole(offset - at);
    taken = 0;
    try {
      if (problem === undefined) writer.readFrom(file, start + offset, length, take);
    } catch (error) {
      // An error of the pack's own file has its code; what is left is the source's.
      if (isColdstowError(error)) throw error;
      problem = sourceProblem(error);
    }
    if (taken < length) {
      problem ??= new SourceProblem("changed-while-read", "It became shorter while it was read.");
      writer.writeZeros(length - taken);
    }
    at = offset + length;
  }
  hole(end - start - at);
  return { sha256: digest.digest(), problem };
}

interface FinishedMember extends MemberInProgress {
  readonly offset: number;
  readonly sha256: Uint8Array;
  readonly torn?: boolean;
}

function finishFile(
  writer: PackWriter,
  task: FileTask,
  member: FinishedMember,
  problem: FileProblem | undefined,
): FileOutcome {
  const stored = storedBytes(member);
  writer.endMember(stored);
  writer.addLine(memberLine({ ...member, storedBytes: stored, inode: task.inode }));
  return {
    member: {
      seq: task.seq,
      sha256: member.sha256,
      sizeBytes: member.sizeBytes,
      offset: member.offset,
      storedBytes: stored,
      sparse: member.layout !== undefined,
      stat: member.stat,
    },
    ...(problem && { problem }),
  };
}

interface Failure {
  readonly settlement: Extract<Settlement, { state: "failed" }>;
  readonly problem: FileProblem;
}

function failed(task: FileTask, problem: SourceProblem): Failure {
  return {
    settlement: { seq: task.seq, state: "failed" },
    problem: { seq: task.seq, path: task.path, outcome: problem.outcome, message: problem.message },
  };
}

function changed(task: FileTask): FileProblem {
  return {
    seq: task.seq,
    path: task.path,
    outcome: "changed-while-read",
    message: "It changed while it was read: it is stored as it was read, and read again next time.",
  };
}
