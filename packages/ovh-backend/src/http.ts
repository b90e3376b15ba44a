import { Agent, type Dispatcher } from "undici";

import { transportError, notUnderstood, type AnswerHead } from "./errors.ts";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
  /** What is being done, as in "reading packs/p1"; it becomes part of messages. */
  readonly doing: string;
  /** What it is about, for errors. */
  readonly subject: string;
}

/** An answer whose body must be read, dropped or destroyed. */
export interface HttpAnswer extends AnswerHead {
  readonly body: Dispatcher.ResponseData["body"];
}

export interface HttpOptions {
  /** How many connections there may be to one host. */
  readonly connections: number;
  /** How long a connection may make no progress in either direction. */
  readonly stallMs: number;
}

// A page of a listing has at most 10,000 names of at most 1 KiB each.
const maxTextBytes = 32 * 1024 * 1024;
const drainBytes = 64 * 1024;

/** HTTP/1.1 over kept connections. There is no limit to how long a body takes, only to silence. */
export class HttpClient {
  readonly #agent: Agent;

  constructor({ connections, stallMs }: HttpOptions) {
    this.#agent = new Agent({
      connections,
      headersTimeout: stallMs,
      bodyTimeout: stallMs,
      connect: { timeout: stallMs },
    });
  }

  /** @throws {E_TEMPORARY | E_TIMEOUT | E_CANCELLED | E_IO} if no answer came */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const { method, url, headers, body, signal, doing, subject } = request;
    try {
      const answer = await this.#agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers,
        ...(body === undefined ? {} : { body: body as Dispatcher.DispatchOptions["body"] & {} }),
        ...(signal === undefined ? {} : { signal }),
      });
      // An answer that is given up must not end the process.
      answer.body.on("error", () => undefined);
      return { status: answer.statusCode, headers: flat(answer.headers), body: answer.body };
    } catch (error) {
      throw transportError(error, doing, subject, signal);
    }
  }

  /** Ends every connection, also those in use. May be called twice. */
  async close(): Promise<void> {
    if (!this.#agent.destroyed) await this.#agent.destroy();
  }
}

function flat(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    Array.isArray(value) ? (value[0] ?? "") : (value ?? ""),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Reads away what is left of a short body, so that the connection can be used again. */
export async function drop({ body }: HttpAnswer): Promise<void> {
  try {
    await body.dump({ limit: drainBytes });
  } catch {
    body.destroy();
  }
}

/**
 * The whole body as JSON.
 * @throws {E_IO} if it is too long, or no JSON
 */
export async function readJson(answer: HttpAnswer, request: HttpRequest): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > maxTextBytes) throw notUnderstood("an answer of such length", request.subject);
      chunks.push(chunk);
    }
  } catch (error) {
    throw transportError(error, request.doing, request.subject, request.signal);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw notUnderstood(`the answer to ${request.doing}`, request.subject);
  }
}
