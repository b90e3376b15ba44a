import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
} from "@aws-sdk/client-s3";
import { isColdstowError } from "@coldstow/contracts";

import { keyOfStored } from "./config.ts";
import type { S3Session } from "./session.ts";

const abandonedMs = 24 * 60 * 60 * 1000;

function isAbsence(error: unknown): boolean {
  return isColdstowError(error) && error.code === "E_NOT_FOUND";
}

/** The ETags of an upload's parts by their index; undefined where the store has no such upload. */
export async function uploadedParts(
  session: S3Session,
  key: string,
  uploadId: string,
): Promise<readonly (string | undefined)[] | undefined> {
  const etags: (string | undefined)[] = [];
  let marker: string | undefined;
  const call = { doing: `listing the parts of ${key}`, key };
  do {
    const command = new ListPartsCommand({
      ...session.object(key),
      UploadId: uploadId,
      ...(marker === undefined ? {} : { PartNumberMarker: marker }),
    });
    try {
      const page = await session.request(call, (options) => session.client.send(command, options));
      for (const { PartNumber: number, ETag: etag } of page.Parts ?? []) {
        if (number !== undefined) etags[number - 1] = etag;
      }
      marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  } while (marker !== undefined);
  return etags;
}

/** Gives an upload up, so that its parts cost no longer; one that is gone is no error. */
export async function abortUpload(
  session: S3Session,
  key: string,
  uploadId: string,
): Promise<void> {
  const command = new AbortMultipartUploadCommand({ ...session.object(key), UploadId: uploadId });
  const call = { doing: `giving up the upload of ${key}`, key };
  try {
    await session.request(call, (options) => session.client.send(command, options));
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
}

/**
 * Gives up every upload of a key of this destination that was begun more than a day ago: its parts
 * are kept, unseen, at the price of the warm class.
 * @returns how many there were
 */
export async function abortAbandoned(session: S3Session, now: number): Promise<number> {
  const { config } = session;
  let count = 0;
  let from: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (from !== undefined) {
    const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
      ...session.bucket,
      ...(config.prefix === "" ? {} : { Prefix: config.prefix }),
      ...from,
    });
    const page = await session.request({ doing: "looking for abandoned uploads" }, (options) =>
      session.client.send(command, options),
    );
    for (const { Key: name = "", UploadId: id, Initiated: begun } of page.Uploads ?? []) {
      const key = keyOfStored(config, name);
      if (key === undefined || id === undefined || begun === undefined) continue;
      if (now - begun.getTime() <= abandonedMs) continue;
      await abortUpload(session, key, id);
      count += 1;
    }
    from =
      page.IsTruncated === true
        ? {
            ...(page.NextKeyMarker === undefined ? {} : { KeyMarker: page.NextKeyMarker }),
            ...(page.NextUploadIdMarker === undefined
              ? {}
              : { UploadIdMarker: page.NextUploadIdMarker }),
          }
        : undefined;
  }
  return count;
}
