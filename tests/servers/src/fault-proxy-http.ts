import { once } from "node:events";
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

const host = "127.0.0.1";

/** A request as a rule sees it, before any of it is forwarded. */
export interface SeenRequest {
  /** From 1, in the order of arrival. */
  readonly number: number;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
}

/** What happens to a request instead of being forwarded whole. */
export type HttpFault =
  | {
      readonly type: "answer";
      readonly status: number;
      readonly retryAfterSeconds?: number;
      readonly body?: string;
    }
  /** Forwarded; the connection is reset after so many bytes of the answer's body. */
  | { readonly type: "cut-answer"; readonly afterBytes: number }
  /** Forwarded up to so many bytes of the request's body, then reset on both sides. */
  | { readonly type: "cut-request"; readonly afterBytes: number }
  /** Forwarded whole; the server's answer is thrown away and the connection reset. */
  | { readonly type: "lose-answer" };

export type HttpRule = (request: SeenRequest) => HttpFault | undefined;

/** Forwards HTTP requests to a server of this machine, but for those that a rule picks. */
export interface HttpFaultProxy {
  readonly port: number;
  targetPort: number;
  /** Asked for each request; undefined forwards all. */
  rule: HttpRule | undefined;
  /** Requests that were seen, and how many of them a rule has picked. */
  readonly requests: number;
  readonly faults: number;
  close(): Promise<void>;
}

/**
 * Starts a proxy in front of http://127.0.0.1:`targetPort`. Headers pass unchanged (a signature over `Host`
 * stays true) and bodies are streamed: memory is one chunk for each request.
 */
export async function startHttpFaultProxy(targetPort: number): Promise<HttpFaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer();
  const proxy = {
    port: 0,
    targetPort,
    rule: undefined as HttpRule | undefined,
    requests: 0,
    faults: 0,
    close: async (): Promise<void> => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    proxy.requests += 1;
    const { method = "", url = "", headers } = request;
    const fault = proxy.rule?.({ number: proxy.requests, method, url, headers });
    if (fault !== undefined) proxy.faults += 1;
    if (fault?.type === "answer") answer(request, response, fault);
    else forward(request, response, fault, { port: proxy.targetPort, agent });
  };
  server.on("request", handle).on("checkContinue", handle);
  server.listen(0, host);
  await once(server, "listening");
  proxy.port = (server.address() as AddressInfo).port;
  return proxy;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, retryAfterSeconds, body = "" }: Extract<HttpFault, { type: "answer" }>,
): void {
  const headers = retryAfterSeconds === undefined ? {} : { "Retry-After": retryAfterSeconds };
  response.writeHead(status, { "Content-Length": Buffer.byteLength(body), ...headers });
  response.end(request.method === "HEAD" ? undefined : body);
  // Unread bytes would make the kernel reset the connection before the client has read the answer.
  request.resume();
}

function forward(
  request: IncomingMessage,
  response: ServerResponse,
  fault: Exclude<HttpFault, { type: "answer" }> | undefined,
  { port, agent }: { readonly port: number; readonly agent: Agent },
): void {
  const { method, url, rawHeaders, socket } = request;
  const onward = httpRequest({ host, port, agent, method, path: url, headers: rawHeaders });
  const reset = (): void => {
    onward.destroy();
    socket.resetAndDestroy();
  };
  onward.on("error", reset);
  request.on("error", reset);
  response.on("close", () => {
    if (!response.writableFinished) onward.destroy();
  });
  onward.on("continue", () => response.writeContinue());
  onward.on("response", (reply) => {
    if (fault?.type === "lose-answer") {
      reply.on("error", reset).on("end", reset).resume();
      return;
    }
    response.writeHead(reply.statusCode ?? 502, reply.statusMessage, reply.rawHeaders);
    const most = fault?.type === "cut-answer" ? fault.afterBytes : Infinity;
    passOn(reply, response, most, reset);
  });
  // A client that waits for "100 Continue" sends nothing before the server's word has reached it.
  onward.flushHeaders();
  passOn(request, onward, fault?.type === "cut-request" ? fault.afterBytes : Infinity, reset);
}

/** Passes a body on and ends it; calls `reset` once `most` bytes were passed, or where either side fails. */
function passOn(
  from: IncomingMessage,
  to: NodeJS.WritableStream,
  most: number,
  reset: () => void,
): void {
  let passed = 0;
  from.on("error", reset);
  if (most === 0) {
    reset();
    return;
  }
  from.on("data", (chunk: Buffer) => {
    const bytes = chunk.subarray(0, most - passed);
    passed += bytes.length;
    if (passed >= most) {
      from.pause();
      to.write(bytes, reset);
    } else if (!to.write(bytes)) {
      from.pause();
      to.once("drain", () => from.resume());
    }
  });
  from.on("end", () => to.end());
}
