import { orCancelled } from "@coldstow/contracts";

import { authenticate, type Access } from "./authenticate.ts";
import type { OvhConfig } from "./config.ts";
import { drop, HttpClient, readJson, type HttpAnswer, type HttpOptions } from "./http.ts";
import type { HttpRequest } from "./http.ts";
import { TokenCache } from "./token-cache.ts";

/** A request to the object store; the container's own where no object is named. */
export interface SwiftRequest {
  readonly method: HttpRequest["method"];
  readonly container: string;
  readonly object?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Opens the body; it is called again where the token had expired. */
  readonly body?: () => Promise<AsyncIterable<Uint8Array> | undefined>;
  readonly signal?: AbortSignal | undefined;
  readonly doing: string;
}

function encoded(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}

/** The Swift API of one account: https://docs.openstack.org/api-ref/object-store/ */
export class SwiftClient {
  readonly #http: HttpClient;
  readonly #config: OvhConfig;
  readonly #tokens: TokenCache;

  constructor(config: OvhConfig, options: HttpOptions) {
    this.#config = config;
    const http = new HttpClient(options);
    this.#http = http;
    this.#tokens = new TokenCache(() => authenticate(http, config));
  }

  /**
   * Sends it, with a new token and once more where the token has expired.
   * @throws {E_AUTH | E_THROTTLED | E_CONFIG} if no token is given
   * @throws {E_TEMPORARY | E_TIMEOUT | E_CANCELLED | E_IO} if no answer came
   */
  async send(request: SwiftRequest): Promise<HttpAnswer> {
    const used = await orCancelled(this.#tokens.get(), request.signal);
    const answer = await this.#http.send(await this.#signed(request, used));
    if (answer.status !== 401) return answer;
    await drop(answer);
    const renewed = await orCancelled(this.#tokens.renew(used), request.signal);
    return await this.#http.send(await this.#signed(request, renewed));
  }

  /** Sends it and reads the answer's body as JSON, where the status is 2xx; else drops it. */
  async json(request: SwiftRequest): Promise<{ answer: HttpAnswer; value: unknown }> {
    const answer = await this.send(request);
    if (answer.status < 200 || answer.status > 299) {
      await drop(answer);
      return { answer, value: undefined };
    }
    if (answer.status === 204) {
      await drop(answer);
      return { answer, value: [] };
    }
    const { method, doing, signal, container } = request;
    const url = new URL(this.#config.authUrl);
    const about = { method, url, headers: {}, doing, signal, subject: container };
    return { answer, value: await readJson(answer, about) };
  }

  /** Sends it and drops the answer's body. */
  async status(request: SwiftRequest): Promise<HttpAnswer> {
    const answer = await this.send(request);
    await drop(answer);
    return answer;
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  async #signed(request: SwiftRequest, access: Access): Promise<HttpRequest> {
    const { method, container, object, query, headers, signal, doing } = request;
    const path = object === undefined ? container : `${container}/${object}`;
    const url = new URL(`${access.storageUrl}/${encoded(path)}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const body = await request.body?.();
    return {
      method,
      url,
      headers: { ...headers, "x-auth-token": access.token },
      ...(body === undefined ? {} : { body }),
      signal,
      doing,
      subject: path,
    };
  }
}
