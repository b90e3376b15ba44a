import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";

import { S3Fault, element, sendEmpty, sendXml } from "./glacier-double-answers.ts";
import { etagOfParts, header, publish, receiveChecked } from "./glacier-double-objects.ts";
import type { DoubleRequest, DoubleState } from "./glacier-double-state.ts";
import { receive, type StoredBody, type Upload } from "./glacier-double-store.ts";

function uploadOf({ bucket, query, name }: DoubleRequest): Upload {
  const upload = bucket.uploads.get(query.get("uploadId") ?? "");
  if (upload === undefined || upload.name !== name) {
    throw new S3Fault(404, "NoSuchUpload", "The specified multipart upload does not exist.");
  }
  return upload;
}

export function createUpload(
  state: DoubleState,
  { bucket, name, request }: DoubleRequest,
  response: ServerResponse,
): void {
  const id = randomBytes(16).toString("hex");
  bucket.uploads.set(id, {
    name,
    storageClass: header(request, "x-amz-storage-class") ?? "STANDARD",
    begunAt: state.clock.now(),
    parts: new Map(),
  });
  sendXml(response, 200, "InitiateMultipartUploadResult", [
    element("Key", name),
    element("UploadId", id),
  ]);
}

export async function uploadPart(
  state: DoubleState,
  asked: DoubleRequest,
  response: ServerResponse,
): Promise<void> {
  const upload = uploadOf(asked);
  const body = await receiveChecked(state, asked.request);
  upload.parts.set(Number(asked.query.get("partNumber")), body);
  sendEmpty(response, 200, { etag: `"${body.md5}"` });
}

export function listParts(
  _state: DoubleState,
  asked: DoubleRequest,
  response: ServerResponse,
): void {
  const upload = uploadOf(asked);
  const parts = [...upload.parts].toSorted(([one], [other]) => one - other);
  const marker = Number(asked.query.get("part-number-marker") ?? 0);
  // Short pages: a client that looks at the first only is found out.
  const rest = parts.filter(([number]) => number > marker);
  const page = rest.slice(0, 2);
  const more = rest.length > page.length;
  sendXml(response, 200, "ListPartsResult", [
    element("IsTruncated", more),
    ...(more ? [element("NextPartNumberMarker", page.at(-1)?.[0] ?? 0)] : []),
    ...page.map(([number, { md5, sizeBytes }]) =>
      element("Part", [
        element("PartNumber", number),
        element("ETag", `"${md5}"`),
        element("Size", sizeBytes),
      ]),
    ),
  ]);
}

export async function completeUpload(
  state: DoubleState,
  asked: DoubleRequest,
  response: ServerResponse,
): Promise<void> {
  const upload = uploadOf(asked);
  const chunks: Buffer[] = [];
  for await (const chunk of asked.request as AsyncIterable<Buffer>) chunks.push(chunk);
  const xml = Buffer.concat(chunks).toString();
  const named = [...xml.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = ""]) => ({
    number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
    md5: /<ETag>(?:&quot;|&#34;|")?([0-9a-f]{32})/.exec(part)?.[1],
  }));
  const bodies: StoredBody[] = named.map(({ number, md5 }) => {
    const body = upload.parts.get(number);
    if (body === undefined || body.md5 !== md5) throw new S3Fault(400, "InvalidPart");
    return body;
  });
  async function* all(): AsyncGenerator<Buffer> {
    for (const { path } of bodies) yield* createReadStream(path) as AsyncIterable<Buffer>;
  }
  const body = await receive(Readable.from(all()), state.directory);
  const etag = etagOfParts(bodies.map(({ md5 }) => md5));
  await publish(state, asked, {
    body,
    etag,
    checksumSha256: undefined,
    storageClass: state.keptClass(upload.storageClass),
    modifiedAt: state.clock.now(),
    restored: undefined,
  });
  asked.bucket.uploads.delete(asked.query.get("uploadId") ?? "");
  for (const { path } of upload.parts.values()) state.trash(path);
  sendXml(response, 200, "CompleteMultipartUploadResult", [
    element("Key", asked.name),
    element("ETag", etag),
  ]);
}

export function abortUpload(
  state: DoubleState,
  asked: DoubleRequest,
  response: ServerResponse,
): void {
  const upload = uploadOf(asked);
  for (const { path } of upload.parts.values()) state.trash(path);
  asked.bucket.uploads.delete(asked.query.get("uploadId") ?? "");
  sendEmpty(response, 204);
}

export function listUploads(
  _state: DoubleState,
  { bucket, query }: DoubleRequest,
  response: ServerResponse,
): void {
  const prefix = query.get("prefix") ?? "";
  const uploads = [...bucket.uploads].filter(([, { name }]) => name.startsWith(prefix));
  sendXml(response, 200, "ListMultipartUploadsResult", [
    element("IsTruncated", false),
    ...uploads.map(([id, { name, begunAt }]) =>
      element("Upload", [
        element("Key", name),
        element("UploadId", id),
        element("Initiated", new Date(begunAt).toISOString()),
      ]),
    ),
  ]);
}
