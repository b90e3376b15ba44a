import type { ColdState } from "@coldstow/contracts";

import { statusError } from "./errors.ts";
import type { SwiftClient } from "./swift-client.ts";

/** Where the bytes of a segmented object are: what a manifest says of them. */
export type Segmented =
  | { readonly kind: "static" }
  | { readonly kind: "dynamic"; readonly container: string; readonly prefix: string };

/** What `HEAD` tells of one object. */
export interface ObjectHead {
  readonly name: string;
  readonly sizeBytes: number;
  readonly md5: string | undefined;
  readonly modifiedAt: string | undefined;
  readonly state: ColdState | undefined;
  readonly delaySeconds: number | undefined;
  readonly segmented: Segmented | undefined;
}

export type Headers = Readonly<Record<string, string>>;

/** OVH's word for a state; undefined where none is told. */
export function coldStateOf(word: string | undefined): ColdState | undefined {
  switch (word?.toLowerCase() ?? "") {
    case "sealed":
      return "frozen";
    case "unsealing":
      return "thawing";
    case "unsealed":
      return "ready";
    default:
      return undefined;
  }
}

/** The MD5 of the bytes; a manifest's ETag is in quotes, and of something else. */
export function md5Of(headers: Headers): string | undefined {
  const etag = headers["etag"]?.toLowerCase() ?? "";
  return /^[0-9a-f]{32}$/.test(etag) ? etag : undefined;
}

/** `Last-Modified` as ISO 8601 UTC. */
export function modifiedAtOf(headers: Headers): string | undefined {
  const time = Date.parse(headers["last-modified"] ?? "");
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/** What a manifest's headers say of its segments. */
function segmentedOf(headers: Headers): Segmented | undefined {
  if (headers["x-static-large-object"]?.toLowerCase() === "true") return { kind: "static" };
  const manifest = headers["x-object-manifest"];
  if (manifest === undefined) return undefined;
  const [container = "", ...prefix] = decoded(manifest).split("/");
  return { kind: "dynamic", container, prefix: prefix.join("/") };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** True where the name only stands for a folder, as other tools and the gateway make them. */
export function isFolder(headers: Headers): boolean {
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  return type === "application/directory" && headers["content-length"] === "0";
}

/** Looks at an object; undefined where there is none, or only a folder's name. */
export async function headObject(
  client: SwiftClient,
  container: string,
  name: string,
  signal?: AbortSignal,
): Promise<ObjectHead | undefined> {
  const doing = `looking at ${name}`;
  const answer = await client.status({ method: "HEAD", container, object: name, doing, signal });
  const { status, headers } = answer;
  if (status === 404) return undefined;
  if (status < 200 || status > 299) throw statusError(answer, doing, name);
  const segmented = segmentedOf(headers);
  if (segmented === undefined && isFolder(headers)) return undefined;
  const delay = Number(headers["x-ovh-retrieval-delay"] ?? Number.NaN);
  return {
    name,
    sizeBytes: Number(headers["content-length"] ?? 0),
    md5: segmented === undefined ? md5Of(headers) : undefined,
    modifiedAt: modifiedAtOf(headers),
    state: coldStateOf(headers["x-ovh-retrieval-state"]),
    delaySeconds: Number.isNaN(delay) ? undefined : delay,
    segmented,
  };
}
