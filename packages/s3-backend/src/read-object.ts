import { Readable } from "node:stream";

import { GetObjectCommand, type GetObjectCommandOutput } from "@aws-sdk/client-s3";
import {
  ColdstowError,
  isColdstowError,
  throwIfCancelled,
  type GetOptions,
  type ObjectKey,
} from "@coldstow/contracts";

import type { ProgressGuard } from "./progress-guard.ts";
import type { Call, S3Session } from "./session.ts";

function rangeHeader({ range }: GetOptions): { readonly Range?: string } {
  if (range === undefined) return {};
  const last = range.end >= Number.MAX_SAFE_INTEGER ? "" : String(range.end - 1);
  return { Range: `bytes=${range.start}-${last}` };
}

async function open(
  session: S3Session,
  call: Call,
  key: ObjectKey,
  options: GetOptions,
  guard: ProgressGuard,
): Promise<GetObjectCommandOutput | undefined> {
  const command = new GetObjectCommand({ ...session.object(key), ...rangeHeader(options) });
  try {
    return await session.request(
      call,
      async (sendOptions) => {
        try {
          return await session.client.send(command, sendOptions);
        } catch (error) {
          const metadata = (error as { $metadata?: { httpStatusCode?: unknown } }).$metadata;
          // The range starts at the end, or past it.
          if (options.range !== undefined && metadata?.httpStatusCode === 416) return undefined;
          throw error;
        }
      },
      guard,
    );
  } catch (error) {
    guard.end();
    throw error;
  }
}

async function* bytesOf(
  answer: GetObjectCommandOutput,
  session: S3Session,
  call: Call,
  guard: ProgressGuard,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { Body: body, ContentLength: length } = answer;
  if (!(body instanceof Readable)) return;
  const iterator = body.iterator({ destroyOnReturn: true });
  let seen = 0;
  let ended = false;
  try {
    for (;;) {
      guard.advance();
      const step = await guard.outcome<IteratorResult<unknown, unknown>>(iterator.next());
      guard.wait();
      if (step.done === true) break;
      const chunk = step.value as Buffer;
      seen += chunk.length;
      yield chunk;
      throwIfCancelled(call.signal);
    }
    ended = true;
  } catch (error) {
    throw guard.failure === undefined ? session.told(error, call) : guard.failure.error;
  } finally {
    guard.end();
    // What is left of an answer that nobody reads must not hold its connection.
    if (!ended) body.destroy();
  }
  if (length !== undefined && seen < length) {
    throw new ColdstowError("E_TEMPORARY", `${call.doing} ended after ${seen} of ${length} bytes`);
  }
}

/**
 * The object's bytes, or those in the range.
 * @param explain makes of a refusal to read an archived object the error that tells its state
 * @throws {E_NOT_FOUND | E_FROZEN | E_THAWING}
 */
export async function* readObject(
  session: S3Session,
  key: ObjectKey,
  options: GetOptions,
  explain: (error: ColdstowError) => Promise<ColdstowError>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const call: Call = { doing: `reading ${key}`, key, signal: options.signal };
  const guard = session.guard(call);
  let answer: GetObjectCommandOutput | undefined;
  try {
    answer = await open(session, call, key, options, guard);
  } catch (error) {
    throw isColdstowError(error) ? await explain(error) : error;
  }
  if (answer === undefined) {
    guard.end();
    return;
  }
  const start = options.range?.start ?? 0;
  const told = /^bytes (\d+)-/.exec(answer.ContentRange ?? "")?.[1];
  const ignored = start > 0 && answer.ContentLength !== 0 && told !== String(start);
  if (ignored) {
    guard.end();
    if (answer.Body instanceof Readable) answer.Body.destroy();
    throw new ColdstowError(
      "E_UNSUPPORTED",
      `the store sent ${key} from another byte than ${start}`,
    );
  }
  yield* bytesOf(answer, session, call, guard);
}
