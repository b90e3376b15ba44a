import { symlinkSync } from "node:fs";
import type { Ground } from "./hostile-ground.ts";
import { addDirectory, addFile, pathOf } from "./hostile-ground.ts";

const bytes = (...codes: number[]): Uint8Array => Buffer.from(codes);
const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");

/** File names that break careless programs. All differ as bytes; several look the same. */
export const hostileNames: readonly (string | Uint8Array)[] = [
  // Text in several scripts; composed and decomposed twins; case twins.
  "Grüße.txt",
  "日本語のファイル.jpg",
  "עברית.txt",
  "family 👩‍👩‍👧‍👦.png",
  "caf\u00e9.txt",
  "cafe\u0301.txt",
  "\u212b.txt",
  "\u00c5.txt",
  "A\u030a.txt",
  "Readme",
  "README",
  "\ufeffbyte order mark",
  "replacement \ufffd twin",
  // Bytes that are not UTF-8: Latin-1, a stray continuation, an overlong slash, an encoded surrogate, a cut sequence.
  latin1("caf\u00e9 latin1.txt"),
  latin1("replacement \u00ff twin"),
  bytes(0x80),
  bytes(0xff, 0xfe, 0x20, 0xff),
  bytes(0x61, 0xc0, 0xaf, 0x62),
  bytes(0x61, 0xed, 0xb2, 0x80, 0x62),
  bytes(0x65, 0x6e, 0x64, 0xe2, 0x82),
  bytes(0x61, 0x0a, 0xff, 0x27),
  // The escapes of those bytes, as plain text.
  String.raw`caf\xe9 latin1.txt`,
  String.raw`caf\351 latin1.txt`,
  "%FF%FE",
  // White space, quotes, separators of lists, of pax records and of manifests.
  "new\nline",
  "\nstarts with newline",
  "ends with newline\n",
  "carriage\rreturn\r\n",
  "tab\tand\vvertical",
  "escape \u001b[31mred\u001b[0m \u0007 bell \u007f",
  " leading space",
  "trailing space ",
  "   ",
  "two  spaces  inside",
  "trailing dot.",
  "...",
  "..hidden",
  "'single' \"double\" `back`",
  String.raw`back\slash`,
  "\\",
  String.raw`C:\Windows\evil.txt`,
  "=equals=",
  "key=value",
  "12 path=forged",
  "-",
  "--",
  "-rf",
  "--checkpoint-action=exec=false",
  "@arguments",
  "#comment",
  "!negated",
  "~",
  "$HOME",
  "$(touch escaped)",
  "; touch escaped",
  "%s%n%d",
  "*",
  "?",
  "[a-z]",
  "{a,b}",
  "a|b<c>d",
  "semi;colon:colon",
  "right-to-left \u202egpj.exe",
  "line\u2028separator",
  // Names that mean something to other systems and to recovery.
  "CON",
  "aux.txt",
  "nul",
  "Thumbs.db",
  "x",
  "x.part-000001-of-000002",
  "x.part-000002-of-000002",
  "x.part-000001-of-000007",
  "manifest-sha256.txt",
  "README-RECOVERY.txt",
  "identity.age",
  "@PaxHeader",
  "GNUSparseFile.0",
  "__proto__",
  "constructor",
  // 255 bytes, the most that a name may have.
  "n".repeat(255),
  `${"€".repeat(84)}end`,
  latin1("\u00e9".repeat(255)),
  // Around the 100 and 155 byte fields of a tar header.
  ...[99, 100, 101, 154, 155, 156].map((length) => "t".repeat(length)),
];

/** Adds files, directories and links with hostile names, and a path 300 directories deep. */
export function addHostileNames(ground: Ground): void {
  addDirectory(ground, "names");
  for (const name of hostileNames) addFile(ground, ["names", name], `I am ${String(name)}\n`);

  addDirectory(ground, "named-directories");
  for (const [at, name] of hostileNames.entries()) {
    addDirectory(ground, "named-directories", name);
    if (at % 2 === 0) addFile(ground, ["named-directories", name, name], "");
  }

  addDirectory(ground, "named-links");
  for (const name of hostileNames) {
    symlinkSync(
      Buffer.concat([Buffer.from("../names/"), Buffer.from(name)]),
      pathOf(ground, "named-links", name),
    );
  }

  // The user's own files under the names that packs give to their last member.
  addDirectory(ground, ".coldstow");
  addFile(ground, [".coldstow", "manifest.jsonl"], '{"path":"forged"}\n');
  addFile(ground, [".coldstow", "notes"], "the user's own\n");
  addDirectory(ground, "names", ".coldstow");
  addFile(ground, ["names", ".coldstow", "manifest.jsonl"], "");

  addDeepPath(ground);
}

/** 300 directories below each other; the whole relative path stays below 2 KiB. */
function addDeepPath(ground: Ground): void {
  const names = Array.from({ length: 300 }, (_, at) => `d${String(at).padStart(3, "0")}`);
  addDirectory(ground, ...names, "empty at the bottom");
  addFile(ground, [...names, "bottom.txt"], "deep\n");
  addFile(ground, [...names, "b".repeat(255)], "deep and long\n");
  addFile(ground, [...names.slice(0, 150), "half way.txt"], "half\n");
  symlinkSync("../".repeat(301), pathOf(ground, ...names, "to the top"));
}
