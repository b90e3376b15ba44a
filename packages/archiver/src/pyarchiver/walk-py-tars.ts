import {
  ColdstowError,
  displayPath,
  isColdstowError,
  throwIfCancelled,
  type ErrorCode,
} from "@coldstow/contracts";
import type { ReadMember } from "../tar/index.ts";
import type { LegacyStore } from "./legacy-store.ts";
import { memberPlacer } from "./member-path.ts";
import { openTar } from "./open-tar.ts";
import { isDamage, tarMembers, type TarMemberStream } from "./tar-members.ts";
import { compareTarNames, isCiphered } from "./tar-name.ts";

/** Something that could not be brought back as it should. */
export interface PyTarProblem {
  readonly code: ErrorCode;
  readonly tar: string;
  /** The member's name as the tar gives it; undefined for the tar as a whole. */
  readonly member?: string;
  /** One sentence for a person. */
  readonly message: string;
}

/** A file in a tar, with its place in the tree. */
export interface PyMember {
  readonly tar: string;
  /** Relative with `/`, safe below any directory. */
  readonly path: string;
  /** Its name led upwards or was absolute; it was moved inside. */
  readonly movedInside: boolean;
  readonly file: ReadMember;
}

export interface WalkPyTarsOptions {
  readonly store: LegacyStore;
  /** Default: all that the store lists. */
  readonly names?: readonly string[];
  /** Needed if any tar is ciphered. */
  readonly password: string | undefined;
  /** The archived directory by the names it goes by, taken off the members' names. */
  readonly roots?: readonly string[];
  readonly onProblem: (problem: PyTarProblem) => void;
  readonly signal?: AbortSignal;
}

/** How a tar ended. "whole": to its last byte, checksum included. */
export type TarState = "whole" | "damaged" | "missing";

/** What is done with the tars of a walk. */
export interface PyTarVisitor {
  file(member: PyMember, data: AsyncIterable<Uint8Array>): Promise<void>;
  tarEnd?(tar: string, state: TarState): void;
  /** Sees the bytes of the tar as they are stored. */
  stored?(bytes: Uint8Array): void;
}

/**
 * Reads tars of pyArchiver one after the other, in the order in which later ones override, and hands
 * out their files (docs/formats/pyarchiver.md §3, §4). Whatever is no file, or leads out of the tree, is
 * reported; a damaged or missing tar is reported and the next one read. O(tars) in memory.
 * @throws {E_WRONG_KEY} if there are ciphered tars and the password opens none of them
 * @throws {E_INPUT_NEEDED} if a tar is ciphered and there is no password
 * @throws {E_CANCELLED}, and what the store or the visitor throws
 */
export async function walkPyTars(options: WalkPyTarsOptions, visitor: PyTarVisitor): Promise<void> {
  const { store, password, onProblem, signal } = options;
  const names = [...(options.names ?? (await listed(store)))].toSorted(compareTarNames);
  if (password === undefined && names.some(isCiphered)) throw passwordNeeded();
  const place = memberPlacer(options.roots ?? []);
  let opened = false;
  let closed: ColdstowError | undefined;
  for (const tar of names) {
    throwIfCancelled(signal);
    const report = (code: ErrorCode, message: string, member?: string): void =>
      onProblem({ code, tar, message, ...(member === undefined ? {} : { member }) });
    let state: TarState = "whole";
    try {
      const stored = tapped(store.open(tar, signal), visitor);
      const members = tarMembers(openTar(tar, stored, password ?? ""), {
        skipped: (reason) => report("E_FORMAT", `${tar} holds bytes that are no tar: ${reason}.`),
        unmarkedEnd: () => {
          state = "damaged";
          report("E_FORMAT", `${tar} has no end marks: it was cut off.`);
        },
      });
      for await (const one of members) {
        opened ||= isCiphered(tar);
        throwIfCancelled(signal);
        const member = placeOne(one, tar, place, report);
        if (member !== undefined) await visitor.file(member, one.data);
      }
    } catch (error) {
      state = tarFailure(error, tar, report);
      if (isColdstowError(error) && error.code === "E_WRONG_KEY") closed ??= error;
    }
    visitor.tarEnd?.(tar, state);
  }
  // One damaged tar must not keep the others from being read; only if none opens is it the password.
  if (closed !== undefined && !opened) throw closed;
}

async function listed(store: LegacyStore): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of store.list()) names.push(name);
  return names;
}

function placeOne(
  { member }: TarMemberStream,
  tar: string,
  place: ReturnType<typeof memberPlacer>,
  report: (code: ErrorCode, message: string, member: string) => void,
): PyMember | undefined {
  // pyArchiver stores no directory; one costs nothing to leave out.
  if (member.kind === "directory") return undefined;
  const shown = displayPath(member.path);
  if (member.kind !== "file" || member.sparse !== undefined) {
    const what = {
      file: "a sparse file",
      hardlink: "a hard link",
      symlink: "a symlink",
      other: "a device or pipe",
    }[member.kind];
    report("E_FORMAT", `${shown} is ${what}, which no pyArchiver wrote; it was left out.`, shown);
    return undefined;
  }
  const found = place(member.path);
  if ("problem" in found) {
    report("E_FORMAT", `${shown} was left out: ${found.problem}.`, shown);
    return undefined;
  }
  return { tar, file: member, ...found };
}

/** What the failure of a tar means: it is reported, or ends everything. */
function tarFailure(
  error: unknown,
  tar: string,
  report: (code: ErrorCode, message: string) => void,
): TarState {
  if (!isColdstowError(error)) throw error;
  if (error.code === "E_NOT_FOUND") {
    report(
      "E_MISSING",
      `${tar} is not at its place: the files in it cannot be brought back from there.`,
    );
    return "missing";
  }
  if (error.code === "E_WRONG_KEY") {
    report("E_WRONG_KEY", error.message);
    return "damaged";
  }
  if (!isDamage(error)) throw error;
  report("E_FORMAT", `${tar}: ${error.message} Files in front of the damage may be wrong too.`);
  return "damaged";
}

async function* tapped(
  stored: AsyncIterable<Uint8Array>,
  visitor: PyTarVisitor,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const bytes of stored) {
    visitor.stored?.(bytes);
    yield bytes;
  }
}

function passwordNeeded(): ColdstowError {
  return new ColdstowError(
    "E_INPUT_NEEDED",
    "The tars of pyArchiver are ciphered and no password was given. Nothing was read.",
  );
}
