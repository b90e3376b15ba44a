import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { S3Fault, element, sendEmpty, sendFault, sendXml } from "./glacier-double-answers.ts";
import {
  abortUpload,
  completeUpload,
  createUpload,
  listParts,
  listUploads,
  uploadPart,
} from "./glacier-double-multipart.ts";
import {
  deleteObject,
  getObject,
  headObject,
  listObjects,
  putObject,
  restoreObject,
} from "./glacier-double-objects.ts";
import { checkSignature } from "./glacier-double-signature.ts";
import {
  DoubleState,
  type DoubleRequest,
  type GlacierDoubleOptions,
  type InjectedFault,
} from "./glacier-double-state.ts";
import { DoubleClock, stateOf, type StoredObject } from "./glacier-double-store.ts";

export type { GlacierDoubleOptions, InjectedFault } from "./glacier-double-state.ts";

type Answer = (
  state: DoubleState,
  asked: DoubleRequest,
  response: ServerResponse,
) => void | Promise<void>;

/** A small S3 with archive classes, whose clock and moods belong to the test. */
export interface GlacierDouble {
  readonly endpoint: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** Holds the bodies. */
  readonly directory: string;
  /** Where another process moves the clock: `POST …?advanceMs=3600000`; `GET` tells it. */
  readonly clockUrl: string;
  readonly clock: DoubleClock;
  /** Every request for restoring, in order. */
  readonly restores: readonly { name: string; days: number; tier: string | undefined }[];
  /** The behaviour can be changed while it runs. */
  readonly behaviour: Pick<
    DoubleState,
    "refusesTier" | "refusesShortening" | "listsStates" | "keptClass"
  >;
  createBucket(name: string): void;
  /** How many requests there were whose line, such as `GET /bucket/key`, begins so. */
  asked(line: string): number;
  /** Bytes of request bodies that were received. */
  readonly receivedBytes: number;
  /** Answers what follows with an error instead of doing it. @returns ends it */
  inject(fault: InjectedFault): () => void;
  /** Answers the next request with a page that is not S3's. */
  injectRaw(status: number, text: string): void;
  /** Does what the next matching request asks, and cuts the line instead of answering. */
  loseAnswer(line: RegExp): void;
  /** Drops every upload that is under way, as a lifecycle rule does. */
  forgetUploads(bucket: string): void;
  /** Names, classes and states of a bucket's objects. */
  objects(bucket: string): readonly { name: string; storageClass: string; state: string }[];
  /** Ids of the uploads that are neither completed nor aborted. */
  uploads(bucket: string): readonly string[];
  /** A thaw that was asked for is done: the copy can be read. */
  makeReady(bucket: string, name: string): void;
  /** The object is as if it had never been thawed. */
  makeFrozen(bucket: string, name: string): void;
  /** Ends it and removes what it holds. May be called twice. */
  stop(): Promise<void>;
}

const answers: Readonly<Record<string, Answer>> = {
  "PUT object": putObject,
  "GET object": getObject,
  "HEAD object": headObject,
  "DELETE object": deleteObject,
  "POST object restore": restoreObject,
  "POST object uploads": createUpload,
  "PUT object uploadId": uploadPart,
  "GET object uploadId": listParts,
  "POST object uploadId": completeUpload,
  "DELETE object uploadId": abortUpload,
  "GET bucket": listObjects,
  "GET bucket uploads": listUploads,
  "HEAD bucket": (_state, _asked, response) => sendEmpty(response, 200),
};

function operationOf(method: string, name: string, query: URLSearchParams): string {
  const marks = ["restore", "uploads", "uploadId"].filter((mark) => query.has(mark));
  return [method, name === "" ? "bucket" : "object", ...marks].join(" ");
}

async function answer(
  state: DoubleState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "", url = "/" } = request;
  const { pathname, searchParams: query } = new URL(url, "http://double");
  if (pathname === "/_double/clock") {
    if (method === "POST") state.clock.advance(Number(query.get("advanceMs")));
    sendXml(response, 200, "Clock", [element("Now", new Date(state.clock.now()).toISOString())]);
    return;
  }
  const fault = checkSignature(request, state.credentials);
  if (fault !== undefined) throw new S3Fault(fault.status, fault.code, fault.message);
  const [, bucketName = "", name = ""] = /^\/([^/]*)\/?(.*)$/s.exec(pathname) ?? [];
  const bucket = state.buckets.get(bucketName);
  if (bucket === undefined) {
    if (method !== "PUT" || name !== "") {
      throw new S3Fault(404, "NoSuchBucket", "The specified bucket does not exist");
    }
    state.buckets.set(bucketName, { objects: new Map(), uploads: new Map() });
    request.resume();
    sendEmpty(response, 200);
    return;
  }
  const handler = answers[operationOf(method, name, query)];
  if (handler === undefined) throw new S3Fault(501, "NotImplemented");
  await handler(state, { request, bucket, name: decodeURIComponent(name), query }, response);
}

/**
 * Starts a small S3 that behaves as the archive classes of Amazon and OVH do: an object of `GLACIER`
 * or `DEEP_ARCHIVE` cannot be read until it was restored and the clock has reached the time, and no
 * longer once the copy expires. It checks signatures, digests and `If-None-Match`. Path style only.
 */
export async function startGlacierDouble(
  options: GlacierDoubleOptions = {},
): Promise<GlacierDouble> {
  const directory = await mkdtemp(join(tmpdir(), "coldstow-glacier-"));
  const clock = new DoubleClock(options.now);
  const state = new DoubleState(directory, clock, options);
  const lines: string[] = [];
  const faults = new Set<{ readonly fault: InjectedFault; left: number }>();
  let receivedBytes = 0;
  let losing: RegExp | undefined;
  let raw: { readonly status: number; readonly text: string } | undefined;

  const injected = (line: string): InjectedFault | undefined => {
    for (const entry of faults) {
      if (entry.fault.only?.test(line) === false || entry.left <= 0) continue;
      entry.left -= 1;
      return entry.fault;
    }
    return undefined;
  };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const line = `${request.method ?? ""} ${request.url ?? ""}`;
    lines.push(line);
    const fault = injected(line);
    if (raw !== undefined) {
      response.writeHead(raw.status, { "content-type": "text/html", connection: "close" });
      response.end(raw.text);
      raw = undefined;
      return;
    }
    if (losing?.test(line) === true) {
      losing = undefined;
      response.writeHead = () => response;
      response.end = () => {
        request.socket.destroy();
        return response;
      };
    }
    const work =
      fault === undefined
        ? answer(state, request, response)
        : Promise.reject(new S3Fault(fault.status, fault.code, fault.message, fault.headers));
    work.catch((error: unknown) => {
      // A client that cut the line gets no answer.
      if (request.destroyed && !request.complete) return;
      sendFault(
        response,
        error instanceof S3Fault ? error : new S3Fault(500, "InternalError", String(error)),
      );
    });
  };
  const server = createServer(handle);
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    const line = `${request.method ?? ""} ${request.url ?? ""}`;
    const early = [...faults].some(
      ({ fault, left }) => left > 0 && fault.only?.test(line) !== false,
    );
    if (!early) response.writeContinue();
    handle(request, response);
  });
  server.on("connection", (socket) => {
    socket.on("data", (chunk: Buffer) => {
      receivedBytes += chunk.length;
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;

  const objectAt = (bucket: string, name: string): StoredObject => {
    const object = state.buckets.get(bucket)?.objects.get(name);
    if (object === undefined) throw new Error(`the double has no object ${bucket}/${name}`);
    return object;
  };
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    await state.emptied();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  return {
    endpoint,
    port,
    directory,
    ...state.credentials,
    clockUrl: `${endpoint}/_double/clock`,
    clock,
    restores: state.restores,
    behaviour: state,
    createBucket: (name) => {
      state.buckets.set(name, { objects: new Map(), uploads: new Map() });
    },
    asked: (line) => lines.filter((entry) => entry.startsWith(line)).length,
    get receivedBytes() {
      return receivedBytes;
    },
    inject: (fault) => {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
      faults.add(entry);
      return () => faults.delete(entry);
    },
    injectRaw: (status, text) => {
      raw = { status, text };
    },
    loseAnswer: (line) => {
      losing = line;
    },
    forgetUploads: (bucket) => state.buckets.get(bucket)?.uploads.clear(),
    objects: (bucket) =>
      [...(state.buckets.get(bucket)?.objects ?? [])].map(([name, object]) => ({
        name,
        storageClass: object.storageClass,
        state: stateOf(object, clock.now()),
      })),
    uploads: (bucket) => [...(state.buckets.get(bucket)?.uploads.keys() ?? [])],
    makeReady: (bucket, name) => {
      const { restored } = objectAt(bucket, name);
      if (restored !== undefined) restored.readyAt = Math.min(restored.readyAt, clock.now());
    },
    makeFrozen: (bucket, name) => {
      objectAt(bucket, name).restored = undefined;
    },
    stop: async () => await (stopped ??= stop()),
  };
}
