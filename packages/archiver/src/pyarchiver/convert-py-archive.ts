import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { realpath, rm } from "node:fs/promises";
import { basename } from "node:path";
import { Catalogue } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import { ColdstowError, fromSystemError } from "@coldstow/contracts";
import { nowNs } from "../archive/clock.ts";
import { fillCatalogue, type PyFigures } from "./fill-catalogue.ts";
import { asPyFormat } from "./py-format-error.ts";
import { pySettings, type PySettings } from "./py-settings.ts";
import { readPyArchive, type PyArchive } from "./read-py-archive.ts";
import { keepBackup, putInPlace } from "./replace-archive.ts";

/** The keys that later packs are sealed to, as the catalogue keeps them. */
export interface SealingKeys {
  readonly identity: Uint8Array;
  /** age recipients, one a line. */
  readonly recipients: string;
  readonly recovery_recipient: string;
}

/** Steps of an update, in their order. Until "replace" has been done `file` is pyArchiver's. */
export const pyConversionSteps = ["read", "build", "check", "back-up", "replace"] as const;
export type PyConversionStep = (typeof pyConversionSteps)[number];

export interface PyConversionOptions {
  /** pyArchiver's file. The caller holds the archive's lock. */
  readonly file: string;
  /**
   * Keys for the packs to come; undefined: they will not be encrypted. It is asked once the file was
   * read, and told whether pyArchiver encrypted.
   */
  readonly keys: (
    wasCiphered: boolean,
  ) => SealingKeys | undefined | Promise<SealingKeys | undefined>;
  /** Called before each step. */
  readonly onStep?: (step: PyConversionStep) => void;
}

export interface PyConversion extends PyFigures {
  readonly name: string;
  /** The archived directory. */
  readonly source: string;
  /** The old file, with its password in clear in it. */
  readonly backup: string;
  readonly wasCiphered: boolean;
  readonly version: 1 | 2;
  /** Sentences for a person. */
  readonly warnings: readonly string[];
}

/**
 * Turns an archive file of pyArchiver into a catalogue, in its place; the old file is kept as
 * `FILE.pyarchiver-bak` (docs/formats/pyarchiver.md §5). Cut at any instant, `file` is either the old
 * file, and updating it again goes on, or the whole catalogue. The password is not taken over: reading
 * the old tars needs it again.
 * @throws {E_EXISTS} if `file` is a catalogue already
 * @throws {E_FORMAT | E_NOT_FOUND | E_PERMISSION | E_NO_SPACE | E_LOCKED | E_IO} and `file` is as it was
 */
export async function convertPyArchive(options: PyConversionOptions): Promise<PyConversion> {
  // A link to the archive stays one: what it points to is replaced.
  const file = await realpath(options.file).catch((error: unknown) => {
    throw fromSystemError(error, "Opening the archive", options.file);
  });
  const partial = `${file}.update.partial`;
  const step = (name: PyConversionStep): void => options.onStep?.(name);
  await removeDatabase(partial);
  try {
    step("read");
    const built = await whileReading(file, async (py) => {
      step("build");
      return await build(py, partial, file, options);
    });
    step("check");
    await check(partial);
    refuseJournal(file);
    step("back-up");
    const backup = await keepBackup(file);
    step("replace");
    await putInPlace(partial, file);
    return { ...built, backup };
  } finally {
    await removeDatabase(partial);
  }
}

/** Keeps pyArchiver from writing meanwhile. Opening also finishes what a crash of it left half done. */
async function whileReading<T>(file: string, use: (py: PyArchive) => Promise<T>): Promise<T> {
  const driver = asPyFormat(() => openNodeDriver(file));
  try {
    driver.exec("BEGIN");
    return await use(readPyArchive(driver));
  } finally {
    driver.close();
  }
}

async function build(
  py: PyArchive,
  path: string,
  file: string,
  { keys }: PyConversionOptions,
): Promise<Omit<PyConversion, "backup">> {
  const settings = pySettings(py, basename(file).replace(/\.archive$/, ""));
  const wasCiphered = py.cipher.kind === "aes";
  const givenKeys = await keys(wasCiphered);
  const now = nowNs();
  const { name, source, warnings } = settings;
  const driver = openNodeDriver(path, { create: true });
  try {
    const archiveId = randomUUID();
    const catalogue = await Catalogue.create(driver, { archiveId, name, createdNs: now });
    await catalogue.setMeta({
      source,
      config: settings.configText,
      origin: "pyarchiver",
      recipients: "",
      ...givenKeys,
    });
    await addDestinations(catalogue, settings, now);
    const figures = fillCatalogue(driver, py, settings, { nowNs: now });
    const unread = py.refusedTars;
    const refused = `${unread} of the paths in its list of tars name no tar; they were left out.`;
    return {
      ...figures,
      name,
      source,
      wasCiphered,
      version: py.version,
      warnings: unread === 0 ? warnings : [...warnings, refused],
    };
  } finally {
    driver.close();
  }
}

async function addDestinations(
  catalogue: Catalogue,
  { destinations }: PySettings,
  addedNs: bigint,
): Promise<void> {
  for (const { name, scheme, settings } of destinations) {
    await catalogue.addDestination({ name, scheme, settings, addedNs });
  }
}

async function check(path: string): Promise<void> {
  const catalogue = await Catalogue.open(openNodeDriver(path));
  await catalogue.close();
}

/** SQLite would apply the journal of the old file to the new one. */
function refuseJournal(file: string): void {
  const journal = ["-journal", "-wal"].map((end) => file + end).find((path) => existsSync(path));
  if (journal === undefined) return;
  throw new ColdstowError(
    "E_LOCKED",
    `${journal} lies beside the archive: pyArchiver is writing to it or was cut off. Nothing was changed.`,
    { subject: journal, hint: "End pyArchiver, let it open the archive once more, and try again." },
  );
}

async function removeDatabase(path: string): Promise<void> {
  for (const end of ["", "-wal", "-shm", "-journal"]) await rm(path + end, { force: true });
}
