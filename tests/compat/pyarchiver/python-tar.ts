import { crc32, deflateRawSync } from "node:zlib";

/** A member as Python's tarfile takes it. Only "file" has content; the others are for hostile tars. */
export interface TarMember {
  name: string;
  type?: "file" | "hardlink" | "symlink" | "character device" | "directory" | "fifo";
  content?: Uint8Array;
  /** As Python prints the number: `1577934245` or `1577934245.1234567`. */
  mtime?: string;
  mode?: number;
  linkName?: string;
}

const typeFlags = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  "character device": "3",
  directory: "5",
  fifo: "6",
} as const;

const blockBytes = 512;
const recordBytes = 10_240;

/** A tar in POSIX.1-2001 pax form with the habits of Python's tarfile: records only where a field cannot tell. */
export function pythonTar(members: readonly TarMember[]): Buffer {
  const pieces = members.flatMap(memberBlocks);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 2 * blockBytes);
  const total = Math.ceil(length / recordBytes) * recordBytes;
  return Buffer.concat(pieces, total);
}

/** gzip with the member's file name in its header, as tarfile's `w:gz` writes it. */
export function pythonGzip(content: Uint8Array, fileName: string): Buffer {
  const head = Buffer.from([0x1f, 0x8b, 8, 8, 0xa5, 0x5d, 0x0d, 0x5e, 2, 0xff]);
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(content), 0);
  tail.writeUInt32LE(content.length % 2 ** 32, 4);
  const name = Buffer.from(`${fileName}\0`, "latin1");
  return Buffer.concat([head, name, deflateRawSync(content, { level: 9 }), tail]);
}

function memberBlocks(member: TarMember): Buffer[] {
  const content = Buffer.from(member.content ?? []);
  const mtime = member.mtime ?? "1577934245";
  const records = [
    ...textRecord("path", member.name, 100),
    ...textRecord("linkpath", member.linkName ?? "", 100),
    ...(/^\d{1,11}$/.test(mtime) ? [] : [paxRecord("mtime", mtime)]),
  ];
  const seconds = Math.max(0, Math.round(Number(mtime)));
  const head = header({
    name: member.name,
    mode: member.mode ?? 0o644,
    id: 1000,
    size: content.length,
    seconds,
    flag: typeFlags[member.type ?? "file"],
    linkName: member.linkName ?? "",
    owner: "user",
  });
  return [...paxHeader(records), head, content, padding(content.length)];
}

function paxHeader(records: readonly Buffer[]): Buffer[] {
  if (records.length === 0) return [];
  const body = Buffer.concat(records);
  const head = header({
    name: "././@PaxHeader",
    mode: 0,
    id: 0,
    size: body.length,
    seconds: 0,
    flag: "x",
    linkName: "",
    owner: "",
  });
  return [head, body, padding(body.length)];
}

function textRecord(key: string, value: string, fieldBytes: number): Buffer[] {
  const fits = /^[\0-\u007f]*$/.test(value) && value.length <= fieldBytes;
  return fits ? [] : [paxRecord(key, value)];
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length;
  while (length !== rest.length + String(length).length) {
    length = rest.length + String(length).length;
  }
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

interface HeaderFields {
  name: string;
  mode: number;
  id: number;
  size: number;
  seconds: number;
  flag: string;
  linkName: string;
  owner: string;
}

function header(fields: HeaderFields): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, bytes: number): void => {
    block.write(`${value.toString(8).padStart(bytes - 1, "0")}\0`, at, "latin1");
  };
  block.write(asciiOrQuestionMarks(fields.name).slice(0, 100), 0, "latin1");
  octal(fields.mode, 100, 8);
  octal(fields.id, 108, 8);
  octal(fields.id, 116, 8);
  octal(fields.size, 124, 12);
  octal(fields.seconds, 136, 12);
  block.write(" ".repeat(8), 148, "latin1");
  block.write(fields.flag, 156, "latin1");
  block.write(asciiOrQuestionMarks(fields.linkName).slice(0, 100), 157, "latin1");
  block.write("ustar\u000000", 257, "latin1");
  block.write(fields.owner, 265, "latin1");
  block.write(fields.owner, 297, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0`, 148, "latin1");
  return block;
}

function asciiOrQuestionMarks(text: string): string {
  return text.replace(/[^\0-\u007f]/gu, "?");
}

function padding(length: number): Buffer {
  return Buffer.alloc((blockBytes - (length % blockBytes)) % blockBytes);
}
