import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Catalogue, type Pack } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import { silent, type StorageBackend } from "@coldstow/contracts";
import type { Archive, OpenDestination } from "../src/archive/archive.ts";
import { createArchive } from "../src/archive/create-archive.ts";
import { backUp, type BackUpResult } from "../src/run/back-up.ts";
import { readSettings } from "../src/settings/index.ts";

/** A small tree, its archive and its destinations in one temporary folder. For tests only. */
export interface TestArchive {
  readonly archive: Archive;
  readonly root: string;
  readonly tree: string;
  /** The recovery identity. */
  readonly key: string;
  readonly run: (kind: "start" | "resume") => Promise<BackUpResult>;
  readonly packs: () => Promise<readonly Pack[]>;
  readonly close: () => Promise<void>;
}

export interface TestArchiveOptions {
  /** Its destinations, by name, in a folder for those that need one. */
  readonly backends: (root: string) => Readonly<Record<string, StorageBackend>>;
  readonly compress?: "auto" | "none";
  /** False saves the second that a passphrase costs. */
  readonly encrypted?: boolean;
}

/** Makes the tree and its archive, and stores it: five large files, a text and a symlink, in several packs of 1 MiB. */
export async function testArchive(options: TestArchiveOptions): Promise<TestArchive> {
  const root = mkdtempSync(join(tmpdir(), "coldstow-archive-"));
  const tree = join(root, "tree");
  mkdirSync(join(tree, "album"), { recursive: true });
  for (let n = 0; n < 5; n += 1) {
    writeFileSync(join(tree, "album", `picture-${n}.jpg`), randomBytes(800_000 + n));
  }
  writeFileSync(join(tree, "notes.txt"), "words that repeat\n".repeat(5000));
  symlinkSync("notes.txt", join(tree, "link"));
  const backends = Object.entries(options.backends(root));
  const names = backends.map(([name]) => `local:${name}`);
  const sections = backends.map(([name]) => `[Local ${name}]\ndir = ${join(root, name)}\n`);
  const ini = `[Archive]\ndirectory = ${tree}\nname = t\n[Tar]\nsize_tar = 1\ncompress = ${options.compress ?? "none"}\n[Repository]\ntype = ${names.join(", ")}\n${sections.join("")}`;
  const read = readSettings(ini, { source: "test.ini" });
  const path = join(root, "t.archive");
  const keys = await createArchive({
    path,
    settings: read.settings,
    configText: ini,
    passphrase: options.encrypted === false ? undefined : "a test",
  });
  const catalogue = await Catalogue.open(openNodeDriver(path));
  const known = await catalogue.destinations();
  const destinations: OpenDestination[] = backends.map(([name, backend], index) => ({
    id: known[index]?.id ?? 0,
    name: `local:${name}`,
    title: `destination ${name}`,
    backend,
  }));
  const archive: Archive = { path, catalogue, settings: read.settings, destinations };
  const run: TestArchive["run"] = (kind) => backUp(archive, { kind, progress: silent, jobs: 1 });
  await run("start");
  return {
    archive,
    root,
    tree,
    key: keys?.secret ?? "",
    run,
    packs: async () => (await catalogue.packs({ state: "stored" })).rows,
    close: async () => {
      await catalogue.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
