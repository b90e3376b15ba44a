import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startHttpFaultProxy, type HttpFaultProxy } from "./fault-proxy-http.ts";

interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  bytes: number;
  whole: boolean;
}

const body = Buffer.alloc(1_000_000, "body");
let received: Received[] = [];
let proxy: HttpFaultProxy;
let stop: () => Promise<void>;

beforeEach(async () => {
  received = [];
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    const seen: Received = { method, url, headers, bytes: 0, whole: false };
    received.push(seen);
    request.on("error", () => undefined);
    request.on("data", (chunk: Buffer) => (seen.bytes += chunk.length));
    request.on("end", () => {
      seen.whole = true;
      response.writeHead(200, { "X-Seen": "yes", "Content-Length": body.length });
      response.end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await startHttpFaultProxy((server.address() as AddressInfo).port);
  stop = async () => {
    await proxy.close();
    server.close();
    server.closeAllConnections();
  };
});

afterEach(async () => stop());

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: number;
}

async function send(method: string, upload: number, headers = {}): Promise<Answer> {
  const request = httpRequest({
    host: "127.0.0.1",
    port: proxy.port,
    path: "/a?b=c",
    method,
    headers,
  });
  const answered = once(request, "response") as Promise<[IncomingMessage]>;
  if ("Expect" in headers) {
    request.flushHeaders();
    await once(request, "continue");
  }
  request.on("error", () => undefined);
  request.end(Buffer.alloc(upload));
  const [response] = await answered;
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.length;
  return { status: response.statusCode ?? 0, headers: response.headers, bytes };
}

it("forwards requests and answers with their headers and bodies", async () => {
  const answer = await send("PUT", 2_000_000, { "X-Mine": "1", Host: "signed.example" });
  expect(answer).toMatchObject({ status: 200, bytes: body.length, headers: { "x-seen": "yes" } });
  expect(received).toMatchObject([{ method: "PUT", url: "/a?b=c", bytes: 2_000_000, whole: true }]);
  expect(received[0]?.headers).toMatchObject({ "x-mine": "1", host: "signed.example" });
});

it("passes the server's word on to a client that waits for it before it sends", async () => {
  const answer = await send("PUT", 500_000, { Expect: "100-continue", "Content-Length": 500_000 });
  expect(answer.status).toBe(200);
  expect(received[0]?.bytes).toBe(500_000);
});

it("answers chosen requests itself, and the server never sees them", async () => {
  proxy.rule = ({ number }) =>
    number === 1 ? { type: "answer", status: 503, retryAfterSeconds: 2, body: "later" } : undefined;
  const refused = await send("PUT", 3_000_000);
  expect(refused).toMatchObject({ status: 503, bytes: 5, headers: { "retry-after": "2" } });
  expect((await send("PUT", 10)).status).toBe(200);
  expect(received.length).toBe(1);
  expect(proxy).toMatchObject({ requests: 2, faults: 1 });
});

it("cuts an answer in the middle of its body", async () => {
  proxy.rule = () => ({ type: "cut-answer", afterBytes: 1000 });
  await expect(send("GET", 0)).rejects.toThrow(/aborted|reset/iu);
  expect(received).toMatchObject([{ method: "GET", whole: true }]);
});

it.each([0, 100_000])("cuts a request after %d bytes of its body", async (afterBytes) => {
  proxy.rule = () => ({ type: "cut-request", afterBytes });
  await expect(send("PUT", 3_000_000)).rejects.toThrow(/hang up|reset|EPIPE/iu);
  expect(received.every(({ bytes, whole }) => bytes <= afterBytes && !whole)).toBe(true);
});

it("loses the answer to a request that the server has done", async () => {
  proxy.rule = () => ({ type: "lose-answer" });
  await expect(send("PUT", 3_000_000)).rejects.toThrow(/hang up|reset/iu);
  expect(received).toMatchObject([{ bytes: 3_000_000, whole: true }]);
});
