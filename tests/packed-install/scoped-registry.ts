import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import { run } from "./pack-and-install.ts";

interface Served {
  readonly tarball: string;
  /** As the tarball's own package.json has it. */
  readonly manifest: { readonly name: string; readonly version: string };
}

/** A registry of npm, on 127.0.0.1, of a few tarballs: as much of it as an installation asks for. */
export interface ScopedRegistry {
  /** `http://127.0.0.1:PORT/`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves each tarball as the only, and newest, version of its package. */
export async function scopedRegistry(tarballs: readonly string[]): Promise<ScopedRegistry> {
  const served = await Promise.all(tarballs.map(readTarball));
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    const one = served.find(({ manifest }) => manifest.name === path);
    if (one !== undefined) return void response.end(JSON.stringify(packument(one, server)));
    const file = tarballs.find((tarball) => basename(tarball) === path);
    if (file !== undefined) return void createReadStream(file).pipe(response);
    return notThere(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: urlOf(server),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function readTarball(tarball: string): Promise<Served> {
  const text = await run("/", "tar", ["-xzOf", tarball, "package/package.json"]);
  return { tarball, manifest: JSON.parse(text) as Served["manifest"] };
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function packument({ tarball, manifest }: Served, server: Server): object {
  const { name, version } = manifest;
  const sha512 = createHash("sha512").update(readFileSync(tarball)).digest("base64");
  const dist = { tarball: `${urlOf(server)}${basename(tarball)}`, integrity: `sha512-${sha512}` };
  return {
    name,
    "dist-tags": { latest: version },
    versions: { [version]: { ...manifest, dist } },
  };
}

function notThere(response: ServerResponse): void {
  response.statusCode = 404;
  response.end("{}");
}
