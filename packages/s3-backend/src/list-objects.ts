import {
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type _Object,
} from "@aws-sdk/client-s3";
import { ColdstowError, objectKey, type ObjectInfo } from "@coldstow/contracts";

import { keyOfStored, type S3Config } from "./config.ts";
import { toldDigest } from "./object-digest.ts";
import { objectState, type ObjectState } from "./object-state.ts";
import { isArchived } from "./profiles.ts";
import type { S3Session } from "./session.ts";

/** A page of names in the bucket, decoded. */
export interface Page {
  readonly objects: readonly (_Object & { readonly Key: string })[];
  readonly next: string | undefined;
}

function decoded(answer: ListObjectsV2CommandOutput, name: string): string | undefined {
  if (answer.EncodingType !== "url") return name;
  try {
    return decodeURIComponent(name.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** One page, at most 1000 objects. */
export async function listPage(
  session: S3Session,
  prefix: string,
  from: { readonly ContinuationToken?: string | undefined; readonly StartAfter?: string },
): Promise<Page> {
  const { config } = session;
  const command = new ListObjectsV2Command({
    ...session.bucket,
    Prefix: config.prefix + prefix,
    // Names of others may hold what XML cannot.
    EncodingType: "url",
    ...from,
    ...(config.listsStates && config.archived
      ? { OptionalObjectAttributes: ["RestoreStatus"] as const satisfies string[] }
      : {}),
  });
  const answer = await session.request({ doing: `listing ${prefix || "all objects"}` }, (options) =>
    session.client.send(command, options),
  );
  const objects = (answer.Contents ?? []).flatMap((entry) => {
    const name = decoded(answer, entry.Key ?? "");
    return name === undefined ? [] : [{ ...entry, Key: name }];
  });
  const more = answer.IsTruncated === true ? answer.NextContinuationToken : undefined;
  return { objects, next: more };
}

/** The state that a listing tells; undefined where it does not tell of thawed copies. */
export function listedState(config: S3Config, entry: _Object): ObjectState | undefined {
  if (isArchived(entry.StorageClass) && !config.listsStates) return undefined;
  const { RestoreStatus: told } = entry;
  if (told?.IsRestoreInProgress === undefined) return objectState(entry.StorageClass, undefined);
  const expiry = told.RestoreExpiryDate;
  return objectState(entry.StorageClass, {
    ongoing: told.IsRestoreInProgress,
    ...(expiry === undefined ? {} : { until: expiry.toISOString() }),
  });
}

function infoOf(config: S3Config, entry: _Object & { readonly Key: string }): ObjectInfo[] {
  const key = keyOfStored(config, entry.Key);
  if (key === undefined || entry.Size === undefined) return [];
  const digest = toldDigest(config, { ETag: entry.ETag });
  const state = config.archived ? listedState(config, entry)?.state : undefined;
  return [
    {
      key: objectKey(key),
      sizeBytes: entry.Size,
      ...(entry.LastModified === undefined ? {} : { modifiedAt: entry.LastModified.toISOString() }),
      ...(digest === undefined ? {} : { digest }),
      ...(state === undefined ? {} : { state }),
    },
  ];
}

/** Every object of ours under the prefix, page after page. Memory: one page. */
export async function* listObjects(
  session: S3Session,
  prefix: string,
): AsyncGenerator<ObjectInfo, void, undefined> {
  let next: string | undefined;
  do {
    const page = await listPage(session, prefix, { ContinuationToken: next });
    for (const entry of page.objects) yield* infoOf(session.config, entry);
    if (page.next !== undefined && page.next === next) {
      throw new ColdstowError("E_FORMAT", "the store lists the same page again and again", {
        subject: prefix,
      });
    }
    next = page.next;
  } while (next !== undefined);
}
