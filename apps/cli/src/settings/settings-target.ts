import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ColdstowError, fromSystemError } from "@coldstow/contracts";

/** What `config` works on: an ini file, or the settings that an archive keeps. */
export interface SettingsTarget {
  readonly kind: "ini" | "archive";
  readonly path: string;
  readonly text: string;
  /** Replaces the text, wholly or not at all. */
  save(text: string): Promise<void>;
}

const sqliteMagic = "SQLite format 3\0";
const maxIniBytes = 1024 * 1024;

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      const { mode } = await stat(path);
      await file.chmod(mode & 0o7777);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw fromSystemError(error, "writing the settings", path);
  }
}

async function head(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(sqliteMagic.length);
      const { bytesRead } = await file.read(buffer);
      if (size > maxIniBytes && buffer.toString("latin1") !== sqliteMagic) {
        throw new ColdstowError(
          "E_FORMAT",
          `${path} is neither an archive nor an ini: it is too large`,
          {
            subject: path,
          },
        );
      }
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fromSystemError(error, "reading the settings", path);
  }
}

async function archiveTarget(path: string): Promise<SettingsTarget> {
  const { withCatalogue } = await import("../archive/with-catalogue.ts");
  const text = await withCatalogue(path, { readOnly: true }, (catalogue) =>
    catalogue.meta("config"),
  );
  if (text === undefined) {
    throw new ColdstowError("E_NOT_FOUND", `the archive ${path} keeps no settings`, {
      subject: path,
    });
  }
  return {
    kind: "archive",
    path,
    text,
    save: (changed) =>
      withCatalogue(path, { readOnly: false }, (catalogue) =>
        catalogue.setMeta({ config: changed }),
      ),
  };
}

/**
 * Opens an ini file or an archive, told apart by what they hold.
 * @throws {E_NOT_FOUND | E_PERMISSION | E_FORMAT}
 */
export async function openSettings(path: string): Promise<SettingsTarget> {
  const start = await head(path);
  if (start.toString("latin1") === sqliteMagic) return archiveTarget(path);
  try {
    const text = await readFile(path, "utf8");
    return { kind: "ini", path, text, save: (changed) => replaceFile(path, changed) };
  } catch (error) {
    throw fromSystemError(error, "reading the settings", path);
  }
}
