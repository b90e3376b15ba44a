import { ColdstowError, throwIfCancelled, type GetOptions } from "@coldstow/contracts";

import type { Container } from "./container.ts";
import { retryAtOf, statusError, transportError } from "./errors.ts";
import { drop, type HttpAnswer } from "./http.ts";
import { headObject, isFolder } from "./object-head.ts";
import { after } from "./errors.ts";
import { retrievalOf, type Retrieval } from "./retrieval.ts";
import type { SwiftClient } from "./swift-client.ts";

function absent(name: string): ColdstowError {
  return new ColdstowError("E_NOT_FOUND", `there is no object ${name}`, { subject: name });
}

/** @throws {E_FROZEN | E_THAWING} unless it is ready */
function requireReady(name: string, { state, delaySeconds }: Retrieval): void {
  if (state === "ready") return;
  if (state === "frozen") {
    throw new ColdstowError("E_FROZEN", `${name} is frozen and was not asked for`, {
      subject: name,
    });
  }
  const retryAt = delaySeconds === undefined ? undefined : after(delaySeconds);
  throw new ColdstowError("E_THAWING", `${name} is being thawed`, {
    subject: name,
    ...(retryAt === undefined ? {} : { retryAt }),
  });
}

/**
 * A read that was answered 429: the object froze again since it was looked at, and the read has
 * asked for it; or the store is only busy.
 */
async function refused(
  client: SwiftClient,
  container: Container,
  name: string,
  answer: HttpAnswer,
): Promise<ColdstowError> {
  const doing = `reading ${name}`;
  const head = await headObject(client, container.name, name);
  const state =
    head === undefined ? "ready" : (await retrievalOf(client, container.name, head)).state;
  if (state === "ready") return statusError(answer, doing, name);
  const retryAt = retryAtOf(answer);
  return new ColdstowError("E_THAWING", `${name} had frozen again; it was asked for`, {
    subject: name,
    ...(retryAt === undefined ? {} : { retryAt }),
  });
}

async function* bytesOf(
  answer: HttpAnswer,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const doing = `reading ${name}`;
  const announced = Number(answer.headers["content-length"] ?? Number.NaN);
  let seen = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      throwIfCancelled(signal);
      seen += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw transportError(error, doing, name, signal);
  } finally {
    answer.body.destroy();
  }
  if (!Number.isNaN(announced) && seen !== announced) {
    throw new ColdstowError("E_TEMPORARY", `${doing} ended after ${seen} of ${announced} bytes`, {
      subject: name,
    });
  }
}

/** True where the answer holds the bytes from `start` on. */
function isRange({ status, headers }: HttpAnswer, start: number): boolean {
  return status === 206 && (headers["content-range"] ?? "").startsWith(`bytes ${start}-`);
}

/**
 * The object's bytes or those in the range. An object of a cold container is looked at first,
 * because to read a frozen one would ask for it.
 * @throws {E_NOT_FOUND | E_FROZEN | E_THAWING | E_NO_CONTAINER | E_USAGE}
 * @throws {E_AUTH | E_PERMISSION | E_THROTTLED | E_TEMPORARY | E_TIMEOUT | E_CANCELLED}
 */
export async function* getObject(
  client: SwiftClient,
  container: Container,
  name: string,
  cold: boolean,
  options: GetOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { range, signal } = options;
  throwIfCancelled(signal);
  if (range !== undefined && !(range.start >= 0 && range.end >= range.start)) {
    throw new ColdstowError("E_USAGE", `${range.start} to ${range.end} is not a range of bytes`);
  }
  const empty = range !== undefined && range.start === range.end;
  if (cold || empty) {
    const head = await headObject(client, container.name, name, signal);
    if (head === undefined) {
      await container.allowAbsence();
      throw absent(name);
    }
    if (cold) requireReady(name, await retrievalOf(client, container.name, head));
    if (empty) return;
  }
  const last = range === undefined || range.end >= Number.MAX_SAFE_INTEGER ? "" : range.end - 1;
  const doing = `reading ${name}`;
  const answer = await client.send({
    method: "GET",
    container: container.name,
    object: name,
    headers: range === undefined ? {} : { range: `bytes=${range.start}-${last}` },
    signal,
    doing,
  });
  const { status } = answer;
  if (status === 200 || status === 206) {
    if (range !== undefined && !isRange(answer, range.start)) {
      answer.body.destroy();
      if (answer.headers["content-length"] === "0") return;
      throw new ColdstowError("E_UNSUPPORTED", `${doing}: the store did not heed the range`, {
        subject: name,
      });
    }
    if (isFolder(answer.headers)) {
      await drop(answer);
      throw absent(name);
    }
    yield* bytesOf(answer, name, signal);
    return;
  }
  await drop(answer);
  if (status === 416) return;
  if (status === 404) {
    await container.allowAbsence();
    throw absent(name);
  }
  if (status === 429 && cold) throw await refused(client, container, name, answer);
  throw statusError(answer, doing, name);
}
