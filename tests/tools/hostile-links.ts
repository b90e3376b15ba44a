import { linkSync, symlinkSync } from "node:fs";
import type { Ground, Name } from "./hostile-ground.ts";
import { addDirectory, addFile, pathOf } from "./hostile-ground.ts";

/** Symlinks of every kind of target. */
export function addSymlinks(ground: Ground): void {
  addDirectory(ground, "symlinks", "a directory");
  addFile(ground, ["symlinks", "a directory", "inside.txt"], "inside\n");
  addFile(ground, ["symlinks", "a file"], "target\n");
  const targets: [Name, Name][] = [
    ["to a file", "a file"],
    ["to a directory", "a directory"],
    ["to a directory with slash", "a directory/"],
    ["to here", "."],
    ["to itself", "to itself"],
    ["round one", "round two"],
    ["round two", "round one"],
    ["dangling", "no such entry"],
    ["absolute", "/etc/hostname"],
    ["absolute dangling", "/no/such/entry"],
    ["upward", "../../.."],
    ["upward and down", "../../../../../../../../etc/passwd"],
    ["untidy", "././/a directory//../a file"],
    ["not UTF-8", Buffer.from([0x74, 0xff, 0x0a, 0xe9])],
    ["newline", "two\nlines"],
    ["quote", `it's "quoted" \\ here`],
    ["space", " "],
    ["100 bytes", "t".repeat(100)],
    ["101 bytes", "t".repeat(101)],
    ["non-ASCII", "zu/Grüße"],
    ["4000 bytes", `${"u/".repeat(1999)}uv`],
    [Buffer.from([0xfe]), Buffer.from([0xff])],
  ];
  for (const [name, target] of targets) {
    symlinkSync(Buffer.from(target), pathOf(ground, "symlinks", name));
  }
}

/** Hard links: a pair, a triple over three directories, of empty and large files, of a symlink. */
export function addHardLinks(ground: Ground): void {
  for (const name of ["a", "b", "c"]) addDirectory(ground, "hardlinks", name);
  const groups: { content: string | Uint8Array; names: Name[][] }[] = [
    { content: "a pair\n", names: [["pair-1"], ["pair-2"]] },
    {
      content: "a triple\n",
      names: [
        ["a", "triple"],
        ["b", "triple"],
        ["c", "another name"],
      ],
    },
    { content: "", names: [["empty-1"], ["empty-2"]] },
    {
      content: "a name that is not UTF-8\n",
      names: [["bytes-1"], [Buffer.from([0x62, 0xff, 0x0a])]],
    },
    { content: "the longest name\n", names: [["short"], ["l".repeat(255)]] },
    // Two groups with one content: they must not become one group of four.
    { content: "same content, two groups\n", names: [["group-1a"], ["group-1b"]] },
    { content: "same content, two groups\n", names: [["group-2a"], ["group-2b"]] },
    {
      content: Buffer.alloc(3 << 20, "large and linked\n"),
      names: [
        ["a", "large"],
        ["b", "large"],
      ],
    },
  ];
  for (const { content, names } of groups) {
    const [first, ...others] = names;
    if (first === undefined) continue;
    const path = addFile(ground, ["hardlinks", ...first], content);
    for (const other of others) linkSync(path, pathOf(ground, "hardlinks", ...other));
  }
  // Equal to a pair's content, yet a file of its own.
  addFile(ground, ["hardlinks", "not of the pair"], "a pair\n");
  const link = pathOf(ground, "hardlinks", "symlink-1");
  symlinkSync("pair-1", link);
  linkSync(link, pathOf(ground, "hardlinks", "symlink-2"));
}
