import { displayPath, isColdstowError, type ColdstowError } from "@coldstow/contracts";
import { isDamage } from "./tar-members.ts";
import type { TreeWriter } from "./tree-writer.ts";
import { walkPyTars, type PyMember, type WalkPyTarsOptions } from "./walk-py-tars.ts";
import { WrittenPaths } from "./written-paths.ts";

export interface ExtractPyTarsOptions extends WalkPyTarsOptions {
  readonly writer: TreeWriter;
  /** Which files to take; default all. */
  readonly select?: (member: PyMember) => boolean;
  /** Called with the number of bytes of a tar that were read from the store. */
  readonly onRead?: (bytes: number) => void;
}

export interface PyExtraction {
  /** Tars that were read to their end, and those that were damaged or missing. */
  readonly wholeTars: number;
  readonly brokenTars: number;
  /** Writes of files; a file that several tars hold is written several times. */
  readonly written: number;
  readonly writtenBytes: number;
  /** Left alone because something was there. */
  readonly kept: number;
  /** Could not be written, or the tar ended within it. */
  readonly failed: number;
  /** Files whose name led upwards or was absolute, and which were moved inside. */
  readonly movedInside: number;
}

/**
 * Brings back the files of pyArchiver's tars; where several hold a file, the last one's remains. What is
 * whole in front of damage is kept. See {@link walkPyTars} for what is refused and how it fails. Memory
 * is flat; the paths that were written are noted in a temporary file.
 */
export async function extractPyTars(options: ExtractPyTarsOptions): Promise<PyExtraction> {
  const { writer, select, onProblem, onRead } = options;
  const counts = { wholeTars: 0, brokenTars: 0, written: 0, writtenBytes: 0, kept: 0, failed: 0 };
  let movedInside = 0;
  const ours = new WrittenPaths();
  const failed = (member: PyMember, error: ColdstowError): void => {
    counts.failed += 1;
    const shown = displayPath(member.path);
    onProblem({
      code: error.code,
      tar: member.tar,
      member: shown,
      message: `${shown}: ${error.message}`,
    });
  };
  try {
    await walkPyTars(options, {
      stored: (bytes) => onRead?.(bytes.length),
      tarEnd: (_, state) =>
        state === "whole" ? (counts.wholeTars += 1) : (counts.brokenTars += 1),
      async file(member, data) {
        if (select?.(member) === false) return;
        const { path, file } = member;
        let failure: unknown;
        const source = tracked(data, (error) => (failure = error));
        try {
          const outcome = await writer.writeFile(path, source, {
            sizeBytes: file.sizeBytes,
            mtimeNs: file.mtimeNs,
            mode: file.mode,
            replace: ours.has(path),
          });
          if (outcome === "kept") counts.kept += 1;
          else ours.add(path);
          if (outcome !== "written") return;
          counts.written += 1;
          counts.writtenBytes += file.sizeBytes;
          if (member.movedInside) movedInside += 1;
        } catch (error) {
          if (failure !== undefined && !isDamage(failure)) throw failure;
          if (!isColdstowError(error) || !isItems(error)) throw error;
          failed(member, error);
        }
      },
    });
  } finally {
    ours.close();
  }
  return { ...counts, movedInside };
}

/** Errors that may be of one file alone, such as a name that the disk cannot have. A full disk concerns all. */
function isItems({ code }: ColdstowError): boolean {
  return ["E_FORMAT", "E_EXISTS", "E_PERMISSION", "E_NOT_FOUND", "E_IO"].includes(code);
}

/** The same data; `onFailure` hears how they failed, since the writer may change the error. */
async function* tracked(
  data: AsyncIterable<Uint8Array>,
  onFailure: (error: unknown) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* data;
  } catch (error) {
    onFailure(error);
    throw error;
  }
}
