import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeMember, endOfArchive, memberPadding, type TarMember } from "../tar/index.ts";
import { deletedPath, encodeDeletedName, manifestPath, partPath } from "./index.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-order-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stamp = {
  mode: 0o644,
  mtimeNs: 1_700_000_000_000_000_000n,
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
};

function member(fields: Pick<TarMember, "path" | "kind"> & Partial<TarMember>): Uint8Array {
  return encodeMember({ ...stamp, sizeBytes: 0, ...fields });
}

function file(path: string, content: string | Uint8Array): Uint8Array {
  const data = Buffer.from(content);
  const header = member({ path, kind: "file", sizeBytes: data.length });
  return Buffer.concat([header, data, Buffer.alloc(memberPadding(data.length))]);
}

const link = (path: string, linkTarget: string): Uint8Array =>
  member({ path, kind: "hardlink", linkTarget });
const directory = (path: string, mode: number): Uint8Array =>
  member({ path, kind: "directory", mode });
const gone = (...paths: string[]): Uint8Array =>
  file(deletedPath, Buffer.concat(paths.map((path) => encodeDeletedName(path))));

/** The packs of three runs, as docs/formats/pack.md, "Order", wants them. */
const packs: readonly (readonly Uint8Array[])[] = [
  [file("a", "one"), file("d/x", "kept content"), file("f", "was a file")],
  [file(partPath("big", 1, 2), "first half, "), file(partPath("big", 2, 2), "second half")],
  [
    link("copy of a", "a"),
    link(partPath("big again", 1, 2), partPath("big", 1, 2)),
    link(partPath("big again", 2, 2), partPath("big", 2, 2)),
    directory("d", 0o755),
  ],
  // Run 2: d becomes a file and f a directory.
  [gone("d", "f")],
  [file("a", "two"), file("d", "now a file"), file("f/inside", "now in a directory")],
  [
    link("moved", "copy of a"),
    directory("f", 0o750),
    gone("copy of a", partPath("big", 1, 2), partPath("big", 2, 2)),
  ],
  // Run 3: a name that was gone comes back.
  [file("copy of a", "new content")],
];

const loop = `
for pack in ../packs/*.tar; do
  $TAR -xpf - -C . < "$pack" || exit 1
  if [ -e .coldstow/deleted ]; then
    xargs -0 rm -rf -- < .coldstow/deleted
    rm -f .coldstow/deleted
  fi
done
rm -r .coldstow
cat "big again.part-"* > "big again"
`;

test.each(["tar", "bsdtar"])(
  "packs fed to %s in the order of their keys bring back the last run's tree",
  (tool) => {
    const root = join(folder, tool);
    mkdirSync(join(root, "packs"), { recursive: true });
    mkdirSync(join(root, "out"));
    for (const [index, members] of packs.entries()) {
      const tar = Buffer.concat([...members, file(manifestPath, "{}\n"), endOfArchive()]);
      writeFileSync(join(root, "packs", `p${index}.tar`), tar);
    }
    const { status, stderr } = spawnSync("sh", ["-c", loop], {
      cwd: join(root, "out"),
      env: { ...process.env, TAR: tool },
    });
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: "" });
    const content = (path: string): string => readFileSync(join(root, "out", path), "utf8");
    expect({
      a: content("a"),
      moved: content("moved"),
      copy: content("copy of a"),
      d: content("d"),
      f: content("f/inside"),
      big: content("big again"),
      mode: statSync(join(root, "out", "f")).mode & 0o777,
      left: existsSync(join(root, "out", partPath("big", 1, 2))),
    }).toEqual({
      a: "two",
      moved: "one",
      copy: "new content",
      d: "now a file",
      f: "now in a directory",
      big: "first half, second half",
      mode: 0o750,
      left: false,
    });
  },
);
