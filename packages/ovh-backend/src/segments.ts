import { notUnderstood, statusError } from "./errors.ts";
import { listing } from "./listing.ts";
import type { ObjectHead } from "./object-head.ts";
import type { SwiftClient } from "./swift-client.ts";

/** One of the objects in which the bytes of a segmented object are. */
export interface Segment {
  readonly container: string;
  readonly name: string;
}

async function staticSegments(
  client: SwiftClient,
  container: string,
  name: string,
): Promise<readonly Segment[]> {
  const doing = `reading the manifest ${name}`;
  const { answer, value } = await client.json({
    method: "GET",
    container,
    object: name,
    query: { "multipart-manifest": "get" },
    doing,
  });
  if (answer.status !== 200) throw statusError(answer, doing, name);
  if (!Array.isArray(value)) throw notUnderstood("the manifest", name);
  return (value as ({ name?: unknown } | null)[]).map((segment) => {
    const match = /^\/([^/]+)\/(.+)$/s.exec(String(segment?.name));
    const [, place, object] = match ?? [];
    if (place === undefined || object === undefined) throw notUnderstood("the manifest", name);
    return { container: place, name: object };
  });
}

/**
 * The segments of an object that another tool, or the SFTP gateway, has stored in pieces; none for
 * any other object. There are 1000 at most in a static manifest.
 * https://docs.openstack.org/swift/latest/overview_large_objects.html
 */
export async function segmentsOf(
  client: SwiftClient,
  container: string,
  { name, segmented }: ObjectHead,
): Promise<readonly Segment[]> {
  if (segmented === undefined) return [];
  if (segmented.kind === "static") return await staticSegments(client, container, name);
  const { container: place, prefix } = segmented;
  const segments: Segment[] = [];
  for await (const listed of listing(client, { container: place, prefix })) {
    if (listed !== undefined) segments.push({ container: place, name: listed.name });
  }
  return segments;
}
