import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import { FaultQueue, type Fault } from "./sealing-proxy-faults.ts";
import { forward } from "./sealing-proxy-forward.ts";
import { RetrievalStates, type SealingTimes } from "./sealing-proxy-states.ts";
import { keystoneAnswer, keystoneApplicant, Tokens } from "./sealing-proxy-tokens.ts";

export type { Fault, FaultAct } from "./sealing-proxy-faults.ts";
export type { RetrievalState } from "./sealing-proxy-states.ts";

export interface SealingProxyOptions extends Partial<SealingTimes> {
  /** Any URL of the Swift behind it, such as its `authUrl`; its tempauth is asked for tokens. */
  readonly target: string;
  /** The region under which the Keystone catalogue names this proxy; GRA if not given. */
  readonly region?: string;
}

/** One request that arrived, and how it was answered. */
export interface LoggedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  status: number | undefined;
}

/** OVH Public Cloud Archive on 127.0.0.1: a Swift whose objects are sealed. */
export interface SealingProxy {
  /** Tempauth, version 1. */
  readonly authUrl: string;
  /** Keystone, version 3. */
  readonly keystoneUrl: string;
  /** `POST advanceUrl?seconds=60` moves the clock from another process. */
  readonly advanceUrl: string;
  readonly states: RetrievalStates;
  readonly requests: readonly LoggedRequest[];
  /** Moves the clock, which stands still otherwise. */
  advance(seconds: number): void;
  /** How many times a sealed object was read; `name` is `container/object`. */
  asked(name: string): number;
  /** How many tokens were given out. */
  granted(): number;
  addFault(fault: Fault): void;
  /** Every token given out so far is refused from now on. */
  expireTokens(): void;
  /** Ends it and every connection. May be called twice. */
  stop(): Promise<void>;
}

interface Place {
  readonly container: string;
  readonly object: string | undefined;
  readonly account: string;
}

function placeOf(url: URL): Place | undefined {
  const match = /^(\/v1\/[^/]+)\/([^/]+)(?:\/(.+))?$/.exec(url.pathname);
  const [, account, container, object] = match ?? [];
  if (account === undefined || container === undefined) return undefined;
  return {
    account,
    container: decodeURIComponent(container),
    object: object === undefined ? undefined : decodeURIComponent(object),
  };
}

interface ListedObject {
  readonly name: string;
}

class Proxy {
  readonly states: RetrievalStates;
  readonly faults = new FaultQueue();
  readonly requests: LoggedRequest[] = [];
  readonly tokens: Tokens;
  readonly reads: Map<string, number> = new Map();
  readonly #target: string;
  readonly #region: string;

  constructor(options: SealingProxyOptions) {
    this.states = new RetrievalStates({
      unsealSeconds: options.unsealSeconds ?? 4 * 3600,
      windowSeconds: options.windowSeconds ?? 24 * 3600,
    });
    this.#target = options.target;
    this.#region = options.region ?? "GRA";
    this.tokens = new Tokens(options.target);
  }

  async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/" } = incoming;
    const logged: LoggedRequest = { method, path, status: undefined };
    this.requests.push(logged);
    outgoing.once("finish", () => (logged.status = outgoing.statusCode));
    const url = new URL(path, `http://${incoming.headers.host ?? "127.0.0.1"}`);
    const act = this.faults.take(method, path);
    if (act?.kind === "stall") return;
    if (act?.kind === "reset") {
      incoming.socket.resetAndDestroy();
    } else if (act?.kind === "answer") {
      incoming.resume();
      await once(incoming, "end");
      outgoing.writeHead(act.status, act.headers).end();
    } else if (url.pathname === "/.clock/advance") {
      this.states.advance(Number(url.searchParams.get("seconds")));
      outgoing.writeHead(204).end();
    } else if (url.pathname.startsWith("/auth/v1")) {
      await this.#tempauth(incoming, outgoing, url);
    } else if (url.pathname === "/v3/auth/tokens") {
      await this.#keystone(incoming, outgoing, url);
    } else {
      await this.#storage(incoming, outgoing, url, act);
    }
  }

  async #tempauth(incoming: IncomingMessage, outgoing: ServerResponse, url: URL): Promise<void> {
    const { "x-auth-user": user, "x-auth-key": key } = incoming.headers;
    const grant = await this.tokens.grant({ user: String(user), key: String(key) });
    if (grant === undefined) {
      outgoing.writeHead(401).end();
      return;
    }
    outgoing
      .writeHead(200, {
        "x-auth-token": grant.token,
        "x-storage-url": new URL(grant.storagePath, url).href,
      })
      .end();
  }

  async #keystone(incoming: IncomingMessage, outgoing: ServerResponse, url: URL): Promise<void> {
    const applicant = keystoneApplicant(await text(incoming));
    const grant = applicant && (await this.tokens.grant(applicant));
    if (grant === undefined) {
      outgoing.writeHead(401, { "content-type": "application/json" });
      outgoing.end('{"error": {"code": 401, "title": "Unauthorized"}}');
      return;
    }
    const answer = keystoneAnswer(this.#region, new URL(grant.storagePath, url).href);
    outgoing.writeHead(201, { "x-subject-token": grant.token, "content-type": "application/json" });
    outgoing.end(answer);
  }

  async #storage(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    url: URL,
    act: Parameters<typeof forward>[2]["act"],
  ): Promise<void> {
    const { method } = incoming;
    const token = this.tokens.realTokenOf(incoming.headers["x-auth-token"]);
    if (token === undefined) {
      outgoing.writeHead(401, { "www-authenticate": 'Swift realm="AUTH_test"' }).end();
      // What is still on its way is not waited for; a client that goes on sending notices it.
      incoming.resume();
      return;
    }
    const place = placeOf(url);
    const name = place?.object === undefined ? undefined : `${place.container}/${place.object}`;
    if (place !== undefined && method === "GET") {
      if (name !== undefined && (await this.#isSealed(outgoing, url, place, name, token))) return;
      if (name === undefined && url.searchParams.get("policy_extra") === "true") {
        await this.#listing(outgoing, url, place, token);
        return;
      }
    }
    const status = await forward(incoming, outgoing, {
      target: this.#target,
      token,
      act,
      headers: (code) => (name !== undefined && code < 300 ? this.#stateHeaders(name) : {}),
    });
    if (name !== undefined && status < 300 && (method === "PUT" || method === "DELETE")) {
      this.states.forget(name);
    }
  }

  #stateHeaders(name: string): Record<string, string> {
    const delay = this.states.delaySeconds(name);
    return {
      "x-ovh-retrieval-state": this.states.state(name),
      ...(delay === undefined ? {} : { "x-ovh-retrieval-delay": String(delay) }),
    };
  }

  /** Answers a read of what is not unsealed; a manifest is read only if all its segments are. */
  async #isSealed(
    outgoing: ServerResponse,
    url: URL,
    place: Place,
    name: string,
    token: string,
  ): Promise<boolean> {
    const headers = { "x-auth-token": token };
    const head = await fetch(new URL(url.pathname, this.#target), { method: "HEAD", headers });
    if (!head.ok) return false;
    const names = [name];
    if (url.searchParams.get("multipart-manifest") !== "get") {
      names.push(...(await this.#segmentsOf(head, url, place, headers)));
    }
    const barred = names.find((each) => this.states.state(each) !== "unsealed");
    if (barred === undefined) return false;
    if (this.states.state(barred) === "sealed") {
      this.reads.set(barred, (this.reads.get(barred) ?? 0) + 1);
    }
    outgoing.writeHead(429, { "retry-after": String(this.states.ask(barred) ?? 0) }).end();
    return true;
  }

  async #segmentsOf(
    head: Response,
    url: URL,
    place: Place,
    headers: Record<string, string>,
  ): Promise<string[]> {
    const dynamic = head.headers.get("x-object-manifest");
    if (dynamic !== null) {
      const [container = "", ...prefix] = decodeURIComponent(dynamic).split("/");
      const query = new URLSearchParams({ format: "json", prefix: prefix.join("/") }).toString();
      const path = `${place.account}/${encodeURIComponent(container)}?${query}`;
      const answer = await fetch(new URL(path, this.#target), { headers });
      const listed = (await answer.json()) as ListedObject[];
      return listed.map(({ name }) => `${container}/${name}`);
    }
    if (head.headers.get("x-static-large-object") === null) return [];
    const manifest = new URL(`${url.pathname}?multipart-manifest=get`, this.#target);
    const listed = (await (await fetch(manifest, { headers })).json()) as ListedObject[];
    return listed.map(({ name }) => name.slice(1));
  }

  async #listing(outgoing: ServerResponse, url: URL, place: Place, token: string): Promise<void> {
    const headers = { "x-auth-token": token };
    const answer = await fetch(new URL(url.pathname + url.search, this.#target), { headers });
    const body = await answer.text();
    outgoing.writeHead(answer.status, { "content-type": "application/json" });
    if (answer.status !== 200) {
      outgoing.end(body);
      return;
    }
    const listed = JSON.parse(body) as (ListedObject & Record<string, unknown>)[];
    for (const object of listed) {
      const name = `${place.container}/${object.name}`;
      object["policy_retrieval_state"] = this.states.state(name);
      object["policy_retrieval_delay"] = this.states.delaySeconds(name) ?? null;
    }
    outgoing.end(JSON.stringify(listed));
  }
}

async function end(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

/**
 * Puts the behaviour of OVH Public Cloud Archive before a real Swift: objects are sealed when they
 * are written, a read of a sealed one is answered `429` with `Retry-After` and is the request to
 * unseal it, `HEAD` and listings with `policy_extra=true` tell the states. Bodies pass as streams.
 * What lies in Swift when it starts counts as sealed. Its clock moves only by `advance`.
 */
export async function startSealingProxy(options: SealingProxyOptions): Promise<SealingProxy> {
  const proxy = new Proxy(options);
  const server = createServer((incoming, outgoing) => {
    proxy.serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    authUrl: `${url}/auth/v1.0`,
    keystoneUrl: `${url}/v3`,
    advanceUrl: `${url}/.clock/advance`,
    states: proxy.states,
    requests: proxy.requests,
    advance: (seconds) => proxy.states.advance(seconds),
    asked: (name) => proxy.reads.get(name) ?? 0,
    granted: () => proxy.tokens.granted,
    addFault: (fault) => proxy.faults.add(fault),
    expireTokens: () => proxy.tokens.expireAll(),
    stop: () => end(server),
  };
}
