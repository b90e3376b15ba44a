import { ColdstowError, displayPath, isUtf8Name, nameToBytes } from "@coldstow/contracts";
import {
  blockBytes,
  maxExtendedHeaderBytes,
  maxOctal11,
  maxOctal7,
  memberPadding,
} from "./blocks.ts";
import { checkMember } from "./check-member.ts";
import type { TarKind, TarMember } from "./member.ts";
import { writeAscii, writeOctal } from "./number-field.ts";
import { formatPaxTime } from "./pax-time.ts";
import { writePaxRecord } from "./pax-write.ts";
import { writeLink, writePath } from "./ustar-name.ts";

const nsPerSecond = 1_000_000_000n;

/** Type flags of the kinds (POSIX pax, "ustar Interchange Format", `typeflag`). */
const typeFlags: Record<TarKind, number> = {
  file: 0x30,
  hardlink: 0x31,
  symlink: 0x32,
  directory: 0x35,
};

const template = makeTemplate();
const paxTemplate = makePaxTemplate();
const paxTemplateSum = sumOf(paxTemplate, 0);

/** One block is assembled here, because a pax header in front of it is as long as its names need. */
const header = new Uint8Array(blockBytes);

const scratch = new Uint8Array(16 * blockBytes);

function makeTemplate(): Uint8Array {
  const block = new Uint8Array(blockBytes);
  writeAscii(block, 148, "        ");
  writeAscii(block, 257, "ustar\u000000");
  writeAscii(block, 329, "0000000\u00000000000\u0000");
  return block;
}

function makePaxTemplate(): Uint8Array {
  const block = makeTemplate();
  writeAscii(block, 0, "PaxHeaders/coldstow");
  writeAscii(block, 100, "0000644\u00000000000\u00000000000\u0000");
  writeAscii(block, 136, "00000000000");
  block[156] = 0x78;
  return block;
}

function sumOf(block: Uint8Array, at: number): number {
  let sum = 0;
  for (let i = at; i < at + blockBytes; i += 1) sum += block[i] ?? 0;
  return sum;
}

function writeChecksum(block: Uint8Array, at: number, sum: number): void {
  writeOctal(block, at + 148, 6, sum);
  block[at + 154] = 0;
}

/** The name of a sparse file for tools that do not know sparse files: they get map and data there. */
function plainSparseName(path: string): string {
  const slash = path.lastIndexOf("/");
  return `${path.slice(0, slash + 1)}GNUSparseFile.0/${path.slice(slash + 1)}`;
}

/** Finishes the pax header block at `at`, whose records end at `end`, and returns the end of their last block. */
function closePaxHeader(buffer: Uint8Array, at: number, end: number): number {
  const recordBytes = end - at - blockBytes;
  const next = end + memberPadding(recordBytes);
  buffer.fill(0, end, next);
  buffer.set(paxTemplate, at);
  writeOctal(buffer, at + 124, 11, recordBytes);
  let sum = paxTemplateSum;
  for (let i = at + 124; i < at + 135; i += 1) sum += buffer[i] ?? 0;
  writeChecksum(buffer, at, sum);
  return next;
}

/**
 * An upper bound of the bytes that {@link encodeMemberInto} writes for a member: its names decide.
 */
export function headerBytesBound(member: TarMember): number {
  const names = 3 * (2 * member.path.length + (member.linkTarget?.length ?? 0));
  return 5 * blockBytes + names;
}

/**
 * Writes the header blocks of a member into `buffer` at `offset`: a pax extended header where ustar
 * does not suffice, then the ustar header (docs/formats/pack.md, "Headers"). The same member gives the
 * same bytes. The caller writes the data, then {@link memberPadding} zero bytes.
 *
 * @param buffer has room for {@link headerBytesBound} bytes behind `offset`
 * @returns the number of bytes written, a multiple of 512
 * @throws {E_INTERNAL} for a member that no pack may hold; the buffer then holds nothing to be used
 */
export function encodeMemberInto(buffer: Uint8Array, offset: number, member: TarMember): number {
  checkMember(member);
  const { kind, linkTarget, mtimeNs, sizeBytes, sparse, uid, gid } = member;
  const path = kind === "directory" ? `${member.path}/` : member.path;

  header.set(template);
  const longPath = writePath(header, 0, sparse === undefined ? path : plainSparseName(path));
  const longLink = linkTarget === undefined ? undefined : writeLink(header, 0, linkTarget);

  let seconds = Number(mtimeNs / nsPerSecond);
  const mtimeFits = mtimeNs >= 0n && seconds <= maxOctal11;
  const paxTime = !mtimeFits || BigInt(seconds) * nsPerSecond !== mtimeNs;
  if (!mtimeFits) seconds = 0;

  // Records go behind the room for the block that announces them; none written means no block either.
  const start = offset + blockBytes;
  let end = start;
  if (
    (longPath ?? longLink ?? sparse) !== undefined &&
    !(isUtf8Name(path) && (linkTarget === undefined || isUtf8Name(linkTarget)))
  ) {
    end = writePaxRecord(buffer, end, "hdrcharset", "BINARY");
  }
  if (sparse !== undefined) {
    end = writePaxRecord(buffer, end, "GNU.sparse.major", "1");
    end = writePaxRecord(buffer, end, "GNU.sparse.minor", "0");
    end = writePaxRecord(buffer, end, "GNU.sparse.name", nameToBytes(path));
    end = writePaxRecord(buffer, end, "GNU.sparse.realsize", String(sparse.realSizeBytes));
  }
  if (longPath !== undefined) end = writePaxRecord(buffer, end, "path", longPath);
  if (longLink !== undefined) end = writePaxRecord(buffer, end, "linkpath", longLink);
  if (sizeBytes > maxOctal11) end = writePaxRecord(buffer, end, "size", String(sizeBytes));
  if (uid > maxOctal7) end = writePaxRecord(buffer, end, "uid", String(uid));
  if (gid > maxOctal7) end = writePaxRecord(buffer, end, "gid", String(gid));
  if (paxTime) end = writePaxRecord(buffer, end, "mtime", formatPaxTime(mtimeNs));
  if (end - start > maxExtendedHeaderBytes) {
    throw new ColdstowError(
      "E_INTERNAL",
      `The names of a member are longer than the ${maxExtendedHeaderBytes} bytes that a pack allows. Nothing of it was written.`,
      { subject: displayPath(path.slice(0, 200)) },
    );
  }
  const at = end === start ? offset : closePaxHeader(buffer, offset, end);

  writeOctal(header, 100, 7, member.mode & 0o7777);
  writeOctal(header, 108, 7, uid > maxOctal7 ? 0 : uid);
  writeOctal(header, 116, 7, gid > maxOctal7 ? 0 : gid);
  writeOctal(header, 124, 11, sizeBytes > maxOctal11 ? 0 : sizeBytes);
  writeOctal(header, 136, 11, seconds);
  header[156] = typeFlags[kind];
  writeChecksum(header, 0, sumOf(header, 0));
  buffer.set(header, at);
  return at + blockBytes - offset;
}

/**
 * The header blocks of a member as bytes of their own; see {@link encodeMemberInto}.
 *
 * @throws {E_INTERNAL} for a member that no pack may hold
 */
export function encodeMember(member: TarMember): Uint8Array {
  const bound = headerBytesBound(member);
  if (bound <= scratch.length) return scratch.slice(0, encodeMemberInto(scratch, 0, member));
  // Only very long names come here; the larger buffer is not kept.
  const buffer = new Uint8Array(bound);
  return buffer.slice(0, encodeMemberInto(buffer, 0, member));
}
