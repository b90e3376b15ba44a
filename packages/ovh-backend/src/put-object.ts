import {
  ColdstowError,
  throwIfCancelled,
  type BodySource,
  type ObjectInfo,
  type ObjectKey,
  type PutOptions,
} from "@coldstow/contracts";

import type { Container } from "./container.ts";
import { notUnderstood, statusError, transportError } from "./errors.ts";
import { drop, type HttpAnswer } from "./http.ts";
import { headObject, md5Of, modifiedAtOf } from "./object-head.ts";
import type { SwiftClient } from "./swift-client.ts";
import { UploadBody } from "./upload-body.ts";

/** The longest body that Swift stores as one object. */
export const maxObjectBytes: number = 5 * 1024 ** 3;

function taken(name: string): ColdstowError {
  return new ColdstowError("E_EXISTS", `${name} is there already; it was left as it is`, {
    subject: name,
  });
}

/** The caller's signal, until the last bytes have left: after that the store's answer decides. */
function untilComplete(
  signal: AbortSignal | undefined,
  body: UploadBody,
): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const abort = (): void => {
    if (!body.complete) controller.abort(signal?.reason);
  };
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    end: () => signal?.removeEventListener("abort", abort),
  };
}

async function send(
  client: SwiftClient,
  container: Container,
  name: string,
  body: UploadBody,
  sizeBytes: number,
  options: PutOptions,
): Promise<HttpAnswer> {
  const doing = `storing ${name}`;
  const { signal, end } = untilComplete(options.signal, body);
  try {
    const answer = await client.send({
      method: "PUT",
      container: container.name,
      object: name,
      headers: {
        "content-length": String(sizeBytes),
        "content-type": "application/octet-stream",
        ...(body.announcedMd5 === undefined ? {} : { etag: body.announcedMd5 }),
        ...(options.ifAbsent === true ? { "if-none-match": "*" } : {}),
      },
      body: () => body.open(),
      signal,
      doing,
    });
    await drop(answer);
    return answer;
  } catch (error) {
    throw transportError(body.failure ?? error, doing, name, options.signal);
  } finally {
    end();
  }
}

/** Where other bytes were stored than were sent, they must not stay under the name. */
async function removeDamaged(
  client: SwiftClient,
  container: Container,
  name: string,
): Promise<void> {
  const doing = `deleting the damaged ${name}`;
  const answer = await client.status({
    method: "DELETE",
    container: container.name,
    object: name,
    doing,
  });
  if (answer.status > 299 && answer.status !== 404) throw statusError(answer, doing, name);
}

/**
 * Stores a body as one object. The store compares an announced MD5 before it makes the object; one
 * that is computed on the way is compared with the store's afterwards.
 * @throws {E_FIXITY} if the store holds other bytes than were sent; the object is removed
 * @throws {E_EXISTS | E_LENGTH | E_NO_SPACE | E_NO_CONTAINER | E_STORAGE_CLASS | E_UNSUPPORTED}
 * @throws {E_AUTH | E_PERMISSION | E_THROTTLED | E_TEMPORARY | E_TIMEOUT | E_CANCELLED}
 */
export async function putObject(
  client: SwiftClient,
  container: Container,
  place: { readonly key: ObjectKey; readonly name: string },
  source: BodySource,
  options: PutOptions,
): Promise<ObjectInfo> {
  const { key, name } = place;
  const { signal } = options;
  throwIfCancelled(signal);
  if (source.sizeBytes > maxObjectBytes) {
    throw new ColdstowError(
      "E_UNSUPPORTED",
      `${key} has ${source.sizeBytes} bytes; Swift stores ${maxObjectBytes} in one object`,
      { subject: key, hint: "Choose smaller packs." },
    );
  }
  await container.ensure();
  throwIfCancelled(signal);
  // It also renews an expired token, so that a body is not sent in vain.
  const before = await headObject(client, container.name, name, signal);
  if (options.ifAbsent === true && before !== undefined) throw taken(name);
  const body = new UploadBody(source, options);
  const answer = await send(client, container, name, body, source.sizeBytes, options);
  const { status, headers } = answer;
  if (status === 412) throw taken(name);
  if (status === 404) throw container.missing();
  if (status < 200 || status > 299) throw statusError(answer, `storing ${name}`, name);
  const md5 = body.md5();
  const stored = md5Of(headers) ?? (await headObject(client, container.name, name))?.md5;
  if (stored === undefined) throw notUnderstood("the answer to a stored object", name);
  if (stored !== md5) {
    await removeDamaged(client, container, name);
    throw new ColdstowError(
      "E_FIXITY",
      `${name} has the MD5 ${stored} in the store, and ${md5} was sent; it was removed there`,
      {
        subject: name,
        hint: "Run the command again; look at the line and the memory if it recurs.",
      },
    );
  }
  const modifiedAt = modifiedAtOf(headers);
  return {
    key,
    sizeBytes: source.sizeBytes,
    digest: { algorithm: "md5", hex: md5 },
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
  };
}
