import {
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";

import type { FaultAct } from "./sealing-proxy-faults.ts";

const hopByHop = new Set(["connection", "keep-alive", "transfer-encoding", "expect", "host"]);

function passed(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)));
}

/** Lets so many bytes through, then breaks the connection or waits for ever. */
class Limit extends Transform {
  #left: number;
  readonly #atEnd: () => void;

  constructor(bytes: number, atEnd: () => void) {
    super();
    this.#left = bytes;
    this.#atEnd = atEnd;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.push(chunk.subarray(0, this.#left));
    this.#left -= chunk.length;
    if (this.#left > 0) done();
    else this.#atEnd();
  }
}

export interface Forwarding {
  readonly target: string;
  readonly token: string | undefined;
  readonly act: FaultAct | undefined;
  /** Headers that the answer gets besides the target's. */
  readonly headers: (status: number) => Readonly<Record<string, string>>;
}

/** Sends a request on to the target and its answer back, both as streams. Returns the status. */
export async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { target, token, act, headers }: Forwarding,
): Promise<number> {
  const sent = passed(incoming.headers);
  delete sent["x-auth-token"];
  const outward = request(new URL(incoming.url ?? "/", target), {
    method: incoming.method ?? "GET",
    headers: { ...sent, ...(token === undefined ? {} : { "x-auth-token": token }) },
    agent: false,
  });
  const answered = Promise.withResolvers<IncomingMessage>();
  outward.once("response", answered.resolve);
  outward.once("error", answered.reject);
  const sending = pipeline(incoming, outward).catch((error: unknown) => answered.reject(error));
  const answer = await answered.promise;
  const status = answer.statusCode ?? 502;
  outgoing.writeHead(status, {
    ...passed(answer.headers),
    ...headers(status),
    ...(act?.kind === "amend" ? act.headers : {}),
  });
  if (act?.kind === "cut") {
    const cut = new Limit(act.afterBytes, () => setImmediate(() => outgoing.destroy()));
    await pipeline(answer, cut, outgoing);
  } else if (act?.kind === "freeze") {
    await pipeline(answer, new Limit(act.afterBytes, () => undefined), outgoing);
  } else {
    await pipeline(answer, outgoing);
  }
  await sending;
  return status;
}
