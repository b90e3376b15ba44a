import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";

import { S3Fault, element, sendEmpty, sendXml } from "./glacier-double-answers.ts";
import type { DoubleRequest, DoubleState } from "./glacier-double-state.ts";
import { receive, stateOf, type StoredBody, type StoredObject } from "./glacier-double-store.ts";

const dayMs = 24 * 60 * 60 * 1000;

export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function hexOf(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, "base64").toString("hex");
}

/** Receives a body and refuses it unless it is what the request says. */
export async function receiveChecked(
  state: DoubleState,
  request: IncomingMessage,
): Promise<StoredBody> {
  const body = await receive(request, state.directory);
  const signed = header(request, "x-amz-content-sha256");
  const wanted = [
    ["XAmzContentSHA256Mismatch", signed === "UNSIGNED-PAYLOAD" ? undefined : signed, body.sha256],
    ["BadDigest", hexOf(header(request, "content-md5")), body.md5],
    ["BadDigest", hexOf(header(request, "x-amz-checksum-sha256")), body.sha256],
    ["BadDigest", header(request, "x-amz-checksum-crc32"), body.crc32],
  ] as const;
  for (const [code, told, is] of wanted) {
    if (told === undefined || told === is) continue;
    await rm(body.path);
    throw new S3Fault(400, code, "The digest you specified did not match what we received.");
  }
  return body;
}

/** Makes the object what is there, unless the request forbids to replace one. */
export async function publish(
  state: DoubleState,
  { bucket, name, request }: DoubleRequest,
  object: StoredObject,
): Promise<void> {
  const before = bucket.objects.get(name);
  if (header(request, "if-none-match") === "*" && before !== undefined) {
    await rm(object.body.path, { force: true });
    throw new S3Fault(412, "PreconditionFailed");
  }
  bucket.objects.set(name, object);
  state.trash(before?.body.path);
}

export async function putObject(
  state: DoubleState,
  asked: DoubleRequest,
  response: ServerResponse,
): Promise<void> {
  const { request } = asked;
  const body = await receiveChecked(state, request);
  const checksum = header(request, "x-amz-checksum-sha256");
  const etag = `"${body.md5}"`;
  await publish(state, asked, {
    body,
    etag,
    checksumSha256: checksum,
    storageClass: state.keptClass(header(request, "x-amz-storage-class") ?? "STANDARD"),
    modifiedAt: state.clock.now(),
    restored: undefined,
  });
  sendEmpty(response, 200, {
    etag,
    ...(checksum === undefined ? {} : { "x-amz-checksum-sha256": checksum }),
  });
}

function found({ bucket, name }: DoubleRequest): StoredObject {
  const object = bucket.objects.get(name);
  if (object === undefined) {
    throw new S3Fault(404, "NoSuchKey", "The specified key does not exist.");
  }
  return object;
}

function headersOf(
  state: DoubleState,
  object: StoredObject,
  request: IncomingMessage,
): Record<string, string> {
  const { storageClass, restored, checksumSha256 } = object;
  const now = state.clock.now();
  const headers: Record<string, string> = {
    etag: object.etag,
    "accept-ranges": "bytes",
    "last-modified": new Date(object.modifiedAt).toUTCString(),
  };
  if (storageClass !== "STANDARD") headers["x-amz-storage-class"] = storageClass;
  if (restored !== undefined && stateOf(object, now) === "thawing") {
    headers["x-amz-restore"] = 'ongoing-request="true"';
  } else if (restored !== undefined && now < restored.until) {
    const expiry = new Date(restored.until).toUTCString();
    headers["x-amz-restore"] = `ongoing-request="false", expiry-date="${expiry}"`;
  }
  const wanted = header(request, "x-amz-checksum-mode") === "ENABLED";
  if (wanted && checksumSha256 !== undefined) headers["x-amz-checksum-sha256"] = checksumSha256;
  return headers;
}

export function headObject(
  state: DoubleState,
  asked: DoubleRequest,
  response: ServerResponse,
): void {
  const object = found(asked);
  const headers = headersOf(state, object, asked.request);
  response.writeHead(200, { ...headers, "content-length": String(object.body.sizeBytes) });
  response.end();
}

export async function getObject(
  state: DoubleState,
  asked: DoubleRequest,
  response: ServerResponse,
): Promise<void> {
  const object = found(asked);
  if (stateOf(object, state.clock.now()) !== "ready") {
    throw new S3Fault(
      403,
      "InvalidObjectState",
      "The operation is not valid for the object's storage class",
    );
  }
  const { sizeBytes, path } = object.body;
  const headers = headersOf(state, object, asked.request);
  const range = /^bytes=(\d+)-(\d*)$/.exec(header(asked.request, "range") ?? "");
  const start = Number(range?.[1] ?? 0);
  const last = Math.min(sizeBytes - 1, range?.[2] ? Number(range[2]) : sizeBytes - 1);
  if (range !== null && (start >= sizeBytes || last < start)) {
    throw new S3Fault(416, "InvalidRange", "The requested range is not satisfiable");
  }
  response.writeHead(range === null ? 200 : 206, {
    ...headers,
    "content-length": String(last - start + 1),
    ...(range === null ? {} : { "content-range": `bytes ${start}-${last}/${sizeBytes}` }),
  });
  if (sizeBytes === 0) {
    response.end();
    return;
  }
  // A reader that leaves midway is no fault.
  await pipeline(createReadStream(path, { start, end: last }), response).catch(() => undefined);
}

export function deleteObject(
  state: DoubleState,
  { bucket, name }: DoubleRequest,
  response: ServerResponse,
): void {
  state.trash(bucket.objects.get(name)?.body.path);
  bucket.objects.delete(name);
  sendEmpty(response, 204);
}

/** The expiry is the next midnight after the days have passed (Amazon S3 User Guide, "Restoring an archived object"). */
function expiryOf(from: number, days: number): number {
  return Math.ceil((from + days * dayMs) / dayMs) * dayMs;
}

export async function restoreObject(
  state: DoubleState,
  asked: DoubleRequest,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of asked.request as AsyncIterable<Buffer>) chunks.push(chunk);
  const xml = Buffer.concat(chunks).toString();
  const object = found(asked);
  const now = state.clock.now();
  const days = Number(/<Days>(\d+)<\/Days>/.exec(xml)?.[1] ?? Number.NaN);
  const tier = /<Tier>(\w+)<\/Tier>/.exec(xml)?.[1];
  if (Number.isNaN(days)) throw new S3Fault(400, "MalformedXML");
  if (state.refusesTier && tier !== undefined) throw new S3Fault(501, "NotImplemented", "Tier");
  if (!["GLACIER", "DEEP_ARCHIVE"].includes(object.storageClass)) {
    throw new S3Fault(403, "InvalidObjectState", "Restore is not allowed for this storage class");
  }
  state.restores.push({ name: asked.name, days, tier });
  const current = stateOf(object, now);
  if (current === "thawing") {
    throw new S3Fault(409, "RestoreAlreadyInProgress", "Object restore is already in progress");
  }
  if (current === "frozen" || object.restored === undefined) {
    const readyAt = now + state.thawMs;
    object.restored = { readyAt, until: expiryOf(readyAt, days) };
    sendEmpty(response, 202);
    return;
  }
  const until = expiryOf(now, days);
  if (state.refusesShortening && until < object.restored.until) {
    throw new S3Fault(400, "InvalidArgument", "Days is less than what was asked for before");
  }
  object.restored.until = until;
  sendEmpty(response, 200);
}

/** What a listing tells of a thawed copy. */
export function restoreStatus(state: DoubleState, object: StoredObject): string {
  const now = state.clock.now();
  const { restored } = object;
  if (restored === undefined || now >= restored.until) return "";
  const ongoing = now < restored.readyAt;
  return element("RestoreStatus", [
    element("IsRestoreInProgress", ongoing),
    ongoing ? "" : element("RestoreExpiryDate", new Date(restored.until).toISOString()),
  ]);
}

export function listObjects(
  state: DoubleState,
  { bucket, query, request }: DoubleRequest,
  response: ServerResponse,
): void {
  const prefix = query.get("prefix") ?? "";
  const after = query.get("continuation-token") ?? query.get("start-after") ?? "";
  const most = Math.min(state.pageLength, Number(query.get("max-keys") ?? 1000));
  const names = [...bucket.objects.keys()]
    .filter((name) => name.startsWith(prefix) && name > after)
    .toSorted();
  const page = names.slice(0, most);
  const states =
    state.listsStates && header(request, "x-amz-optional-object-attributes") === "RestoreStatus";
  const encodes = query.get("encoding-type") === "url";
  const named = (name: string): string =>
    encodes ? encodeURIComponent(name).replaceAll("%2F", "/") : name;
  const contents = page.map((name) => {
    const object = bucket.objects.get(name);
    if (object === undefined) return "";
    return element("Contents", [
      element("Key", named(name)),
      element("LastModified", new Date(object.modifiedAt).toISOString()),
      element("ETag", object.etag),
      element("Size", object.body.sizeBytes),
      element("StorageClass", object.storageClass),
      states ? restoreStatus(state, object) : "",
    ]);
  });
  const more = names.length > page.length;
  sendXml(response, 200, "ListBucketResult", [
    element("Prefix", prefix),
    element("KeyCount", page.length),
    element("MaxKeys", most),
    ...(encodes ? [element("EncodingType", "url")] : []),
    element("IsTruncated", more),
    ...(more ? [element("NextContinuationToken", page.at(-1) ?? "")] : []),
    ...contents,
  ]);
}

/** The ETag of an object that was put together of parts. */
export function etagOfParts(md5s: readonly string[]): string {
  const sum = createHash("md5");
  for (const md5 of md5s) sum.update(Buffer.from(md5, "hex"));
  return `"${sum.digest("hex")}-${md5s.length}"`;
}
