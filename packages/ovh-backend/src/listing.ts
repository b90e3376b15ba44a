import { notUnderstood, statusError } from "./errors.ts";
import type { SwiftClient } from "./swift-client.ts";

/** One line of a listing. Every text in it comes from the store. */
export interface ListedObject {
  readonly name: string;
  readonly sizeBytes: number;
  readonly md5: string | undefined;
  readonly modifiedAt: string | undefined;
  /** As the store words it: sealed, unsealing, unsealed. */
  readonly retrievalState: string | undefined;
  readonly delaySeconds: number | undefined;
  /** Its bytes lie in other objects, or its name only stands for a folder. */
  readonly kind: "plain" | "folder" | "static" | "perhaps-dynamic";
}

export interface ListingRange {
  readonly container: string;
  readonly prefix: string;
  /** The first name that is wanted is the next one after this. */
  readonly after?: string;
  /** No name from this one on is wanted. */
  readonly before?: string;
  /** How many objects a page holds; 10,000, the most that Swift gives, if not given. */
  readonly pageObjects?: number;
}

const folderType = "application/directory";
const maxPageObjects = 10_000;

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function kindOf(line: Readonly<Record<string, unknown>>, sizeBytes: number): ListedObject["kind"] {
  if (line["slo_etag"] !== undefined) return "static";
  if (sizeBytes > 0) return "plain";
  return line["content_type"] === folderType ? "folder" : "perhaps-dynamic";
}

function parseLine(line: Readonly<Record<string, unknown>>, container: string): ListedObject {
  const { name, bytes } = line;
  if (typeof name !== "string" || typeof bytes !== "number" || !Number.isSafeInteger(bytes)) {
    throw notUnderstood("a line of the listing", container);
  }
  const modified = text(line["last_modified"]);
  const time = Date.parse(modified?.endsWith("Z") === false ? `${modified}Z` : (modified ?? ""));
  const md5 = text(line["hash"])?.toLowerCase();
  const delay = line["policy_retrieval_delay"];
  return {
    name,
    sizeBytes: bytes,
    md5: md5 !== undefined && /^[0-9a-f]{32}$/.test(md5) ? md5 : undefined,
    modifiedAt: Number.isNaN(time) ? undefined : new Date(time).toISOString(),
    retrievalState: text(line["policy_retrieval_state"]),
    delaySeconds: typeof delay === "number" ? delay : undefined,
    kind: kindOf(line, bytes),
  };
}

/**
 * The objects of a container in the order of their names, one page in memory at a time. Undefined
 * is yielded, and nothing else, where there is no such container.
 * https://docs.openstack.org/api-ref/object-store/#show-container-details-and-list-objects
 */
export async function* listing(
  client: SwiftClient,
  range: ListingRange,
): AsyncGenerator<ListedObject | undefined, void, undefined> {
  const { container, prefix, before } = range;
  const limit = range.pageObjects ?? maxPageObjects;
  const doing = `listing the container ${container}`;
  let marker = range.after ?? "";
  for (;;) {
    const { answer, value } = await client.json({
      method: "GET",
      container,
      query: {
        format: "json",
        policy_extra: "true",
        limit: String(limit),
        ...(prefix === "" ? {} : { prefix }),
        ...(marker === "" ? {} : { marker }),
        ...(before === undefined ? {} : { end_marker: before }),
      },
      doing,
    });
    if (answer.status === 404) {
      yield undefined;
      return;
    }
    if (answer.status < 200 || answer.status > 299) throw statusError(answer, doing, container);
    if (!Array.isArray(value)) throw notUnderstood("the listing", container);
    const page = (value as unknown[]).filter(
      (line): line is Readonly<Record<string, unknown>> =>
        typeof line === "object" && line !== null && !("subdir" in line),
    );
    let last: string | undefined;
    for (const line of page) {
      const listed = parseLine(line, container);
      last = listed.name;
      yield listed;
    }
    // A store may give shorter pages than were asked for; only an empty one is the end.
    if (last === undefined) return;
    if (last === marker) throw notUnderstood("a listing that goes round in circles", container);
    marker = last;
  }
}
