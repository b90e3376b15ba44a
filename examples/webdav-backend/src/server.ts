import { AuthType, createClient, type FileStat, type WebDAVClient } from "webdav";

import type { WebdavConfig } from "./config.ts";
import { statusOf, webdavError } from "./errors.ts";
import { watchdog } from "./watchdog.ts";

/** A folder of a WebDAV server. Paths begin with a slash and are relative to the server's top. */
export interface WebdavServer {
  readonly client: WebDAVClient;
  readonly config: WebdavConfig;
  /** Runs one short request under the watchdog. */
  readonly ask: <T>(
    doing: string,
    call: (signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ) => Promise<T>;
}

/** A client of the server. Nothing is connected to yet. */
export function webdavServer(config: WebdavConfig): WebdavServer {
  const { user = "", password = "" } = config;
  const credentials = Buffer.from(`${user}:${password}`, "utf8").toString("base64");
  const client = createClient(config.server, {
    // The library's own way spoils passwords with letters that are not ASCII (RFC 7617 says UTF-8).
    authType: AuthType.None,
    headers: user === "" && password === "" ? {} : { Authorization: `Basic ${credentials}` },
  });
  return {
    client,
    config,
    async ask(doing, call, signal) {
      const watched = watchdog(config.silenceMs, signal);
      try {
        return await call(watched.signal);
      } catch (error) {
        throw webdavError(error, doing, watched.signal);
      } finally {
        watched.end();
      }
    },
  };
}

/**
 * The file at a path; undefined where the server says that there is none, or that it is a folder.
 * @throws every uncertainty
 */
export async function fileAt(
  { client, ask }: WebdavServer,
  path: string,
  signal?: AbortSignal,
): Promise<FileStat | undefined> {
  return await ask(
    `looking at ${path}`,
    async (watched) => {
      try {
        const found = await client.stat(path, { signal: watched });
        return "data" in found || found.type !== "file" ? undefined : found;
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    },
    signal,
  );
}
