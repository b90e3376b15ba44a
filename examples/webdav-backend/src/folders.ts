import { ColdstowError } from "@coldstow/contracts";

import { statusOf } from "./errors.ts";
import type { WebdavServer } from "./server.ts";

const mostRemembered = 10_000;

/** Makes folders, each once: WebDAV makes none by itself (RFC 4918, section 9.7.1). */
export class Folders {
  readonly #server: WebdavServer;
  readonly #made = new Map<string, Promise<void>>();

  constructor(server: WebdavServer) {
    this.#server = server;
  }

  /** Makes the folder of a path and those above it. What is known to be there is not asked for. */
  async makeFor(path: string): Promise<void> {
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (parent === "") return;
    let making = this.#made.get(parent);
    if (making === undefined) {
      if (this.#made.size >= mostRemembered) this.#made.clear();
      making = this.#make(parent);
      this.#made.set(parent, making);
      making.catch(() => this.#made.delete(parent));
    }
    await making;
  }

  /** A folder may have been removed by somebody else: the next upload makes all anew. */
  forget(): void {
    this.#made.clear();
  }

  async #make(folder: string): Promise<void> {
    await this.makeFor(folder);
    const { client, ask } = this.#server;
    await ask(`making the folder ${folder}`, async (signal) => {
      try {
        await client.createDirectory(folder, { signal });
      } catch (error) {
        // 405: something is there. 423: another client is making it. 403: it lies above what is ours.
        if (![405, 423, 403].includes(statusOf(error) ?? 0)) throw error;
        const found = await client.stat(folder, { signal });
        if (!("data" in found) && found.type === "directory") return;
        throw new ColdstowError("E_EXISTS", `${folder} is in the way; it was left as it is`, {
          subject: folder,
        });
      }
    });
  }
}
