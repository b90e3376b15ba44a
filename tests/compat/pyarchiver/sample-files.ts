import { noise } from "../../tools/seeded-random.ts";
import type { TarMember } from "./python-tar.ts";

/** A file of the archived tree. `path` is relative with `/`. */
export interface SampleFile {
  path: string;
  content: Uint8Array;
  /** As Python prints it. */
  mtime: string;
}

const text = (path: string, content: string, mtime: string = "1577934245"): SampleFile => ({
  path,
  content: Buffer.from(content),
  mtime,
});

/** The files of three runs, each a tar of its own; the second changes a file of the first. */
export const sampleRuns: readonly (readonly SampleFile[])[] = [
  [
    text("changed.txt", "first version\n"),
    text("deleted later.txt", "only the tar has it\n"),
    text("empty.txt", "", "1577934245.1234567"),
    text("before 1970.txt", "old\n", "-12345.5"),
    text("names/Grüße ☃ 日本.txt", "not ASCII\n", "1577934245.9999998"),
    text("names/quote ' \" and\nnewline", "hostile but honest\n"),
    text("names/__proto__", "an ordinary file\n"),
    text(`names/${"l".repeat(200)}`, "a name of 200 bytes\n"),
    text(`${"deep/".repeat(60)}bottom`, "deep\n"),
    text("names/exactly 5 bytes", "five!", "1577934245"),
  ],
  [
    text("changed.txt", "second version, longer\n", "1590000000.25"),
    { path: "sub/noise.bin", content: noise("pyarchiver", 300_000), mtime: "1590000001" },
    { path: "sub/zeros.bin", content: new Uint8Array(1 << 20), mtime: "1590000002.75" },
  ],
  [text("sub/new.txt", "of the third run\n", "1600000000.000001")],
];

/** Files that the last scan saw and that no tar holds yet. */
export const samplePending: readonly SampleFile[] = [
  text("pending/one.txt", "waiting\n", "1600000100"),
  text("pending/zwei ü.txt", "waiting too\n", "1600000101"),
];

/**
 * Members that no pyArchiver wrote and that must not leave the destination, touch what lies outside or
 * become anything but regular files inside it. `prefix` is the honest members' folder.
 */
export function hostileMembers(prefix: string): TarMember[] {
  const content = Buffer.from("evil\n");
  return [
    { name: "../../evil", content },
    { name: `${prefix}/../../../../../../../../evil`, content },
    { name: "/etc/evil", content },
    { name: "..", content },
    { name: "", content },
    { name: `${prefix}/way out`, type: "symlink", linkName: "../../../.." },
    { name: `${prefix}/way out/evil`, content },
    { name: `${prefix}/to etc`, type: "symlink", linkName: "/etc" },
    { name: `${prefix}/to etc/evil`, content },
    { name: `${prefix}/passwd`, type: "hardlink", linkName: "/etc/passwd" },
    { name: `${prefix}/upward`, type: "hardlink", linkName: "../../evil" },
    { name: `${prefix}/device`, type: "character device" },
    { name: `${prefix}/fifo`, type: "fifo" },
    { name: `${prefix}/closed directory`, type: "directory", mode: 0o000 },
  ];
}
