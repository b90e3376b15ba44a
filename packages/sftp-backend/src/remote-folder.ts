import { posix } from "node:path";

import { ColdstowError, type ObjectKey } from "@coldstow/contracts";
import type { Stats } from "ssh2";

import type { SftpConfig } from "./config.ts";
import type { Connection } from "./connection.ts";
import { inTheWay, isAbsence, notAFile, sftpError } from "./errors.ts";

/** What lies under a key. A folder there means that other keys begin with it: there is no object. */
export type Found =
  | { readonly kind: "file"; readonly stats: Stats }
  | { readonly kind: "directory" }
  | { readonly kind: "absent" };

/** How often a folder whose parent vanishes meanwhile is tried again. */
const folderAttempts = 5;

type Look = Stats | "absent";

/** The destination's folder on the server. */
export class RemoteFolder {
  readonly path: string;
  readonly #create: boolean;
  readonly #made: Set<string> = new Set();

  constructor(path: string, create: boolean) {
    this.path = path;
    this.#create = create;
  }

  /** Where it lies: a relative folder begins where the server puts the user. */
  static async locate(connection: Connection, config: SftpConfig): Promise<RemoteFolder> {
    const login = await connection
      .request<string>((sftp, done) => sftp.realpath(".", done))
      .catch((error: unknown) => {
        throw sftpError(error, "asking for the login folder");
      });
    const { directory, create } = config;
    const relative =
      directory === "~" || directory.startsWith("~/") ? directory.slice(2) : directory;
    const path = posix.resolve(login, relative === "" ? "." : relative);
    return new RemoteFolder(path, create);
  }

  /** The key's segments are plain names, so this cannot leave the folder. */
  pathOf(key: ObjectKey): string {
    return posix.join(this.path, key);
  }

  async #look(connection: Connection, path: string, follow: boolean): Promise<Look> {
    try {
      return await connection.request<Stats>((sftp, done) =>
        follow ? sftp.stat(path, done) : sftp.lstat(path, done),
      );
    } catch (error) {
      if (isAbsence(error)) return "absent";
      throw sftpError(error, "looking at the destination", path);
    }
  }

  #judgeRoot(root: Look): boolean {
    if (root !== "absent") {
      if (root.isDirectory()) return true;
      throw new ColdstowError("E_CONFIG", `${this.path} is not a folder; nothing was changed`, {
        subject: "dir",
      });
    }
    if (this.#create) return false;
    throw new ColdstowError("E_NO_CONTAINER", `${this.path} is not there; nothing was changed`, {
      subject: this.path,
      hint: "Mount the disk on the server or make the folder, or say create = yes.",
    });
  }

  /**
   * Whether the folder is there; it may itself be reached through symbolic links.
   * @throws {E_CONFIG} if it is something else
   * @throws {E_NO_CONTAINER} if it is missing and must not be made
   */
  async exists(connection: Connection): Promise<boolean> {
    return this.#judgeRoot(await this.#look(connection, this.path, true));
  }

  /**
   * Looks at what lies under a key, following no symbolic link beneath the folder. All parts of the
   * path are asked for at once, so it takes one round trip.
   * @throws {E_FORMAT} if a part of the path is a symbolic link, a device, a pipe or a socket
   */
  async find(connection: Connection, key: ObjectKey): Promise<Found> {
    const segments = key.split("/");
    const paths = segments.map((_, index) =>
      posix.join(this.path, ...segments.slice(0, index + 1)),
    );
    const [root, ...parts] = await Promise.all([
      this.#look(connection, this.path, true),
      ...paths.map((path) => this.#look(connection, path, false)),
    ]);
    if (!this.#judgeRoot(root)) return { kind: "absent" };
    for (const [index, part] of parts.entries()) {
      if (part === "absent") return { kind: "absent" };
      const last = index === parts.length - 1;
      if (part.isFile()) return last ? { kind: "file", stats: part } : { kind: "absent" };
      if (!part.isDirectory()) throw notAFile(paths[index] ?? "");
    }
    return { kind: "directory" };
  }

  /** Folders must be made anew: one has vanished. */
  forget(): void {
    this.#made.clear();
  }

  async #make(connection: Connection, path: string, attempt = 1): Promise<void> {
    if (this.#made.has(path) || path === "/" || path === ".") return;
    const beneath = path.length > this.path.length;
    let look = await this.#look(connection, path, !beneath);
    if (look === "absent") {
      await this.#make(connection, posix.dirname(path));
      try {
        await connection.request((sftp, done) => sftp.mkdir(path, done));
      } catch (error) {
        // Another writer may have been faster.
        look = await this.#look(connection, path, !beneath);
        if (look === "absent" && isAbsence(error) && attempt < folderAttempts) {
          // The folder above went with its last object.
          this.forget();
          await this.#make(connection, path, attempt + 1);
          return;
        }
        if (look === "absent") throw this.#cannotMake(error, path);
      }
    }
    if (look !== "absent" && !look.isDirectory()) {
      if (!beneath) {
        throw new ColdstowError("E_CONFIG", `${path} is not a folder; nothing was changed`, {
          subject: "dir",
        });
      }
      throw look.isFile() ? inTheWay(path) : notAFile(path);
    }
    this.#made.add(path);
  }

  #cannotMake(error: unknown, path: string): ColdstowError {
    if (path.length > this.path.length) return sftpError(error, "making a folder", path);
    return new ColdstowError(
      "E_NO_CONTAINER",
      `${path} is not there and the server does not let it be made; nothing was changed`,
      { subject: path, cause: error },
    );
  }

  /** Makes the folders that a key needs, where they are missing; those it has made it remembers. */
  async makeFor(connection: Connection, key: ObjectKey): Promise<void> {
    const parent = posix.dirname(this.pathOf(key));
    if (this.#made.has(parent)) return;
    await this.exists(connection);
    await this.#make(connection, parent);
  }

  /** Removes the folders that a deleted object leaves empty, never the destination's own. */
  async removeEmpty(connection: Connection, key: ObjectKey): Promise<void> {
    let folder = posix.dirname(this.pathOf(key));
    try {
      while (folder.length > this.path.length) {
        const path = folder;
        this.#made.delete(path);
        await connection.request((sftp, done) => sftp.rmdir(path, done));
        folder = posix.dirname(folder);
      }
    } catch {
      // It is not empty, or not ours to remove: it stays.
    }
  }
}
