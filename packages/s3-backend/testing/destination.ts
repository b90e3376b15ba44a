import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { BodySource, ProgressEvent, StorageBackend } from "@coldstow/contracts";
import { startFaultProxy, type FaultProxy } from "@coldstow/test-servers/fault-proxy";
import {
  startGlacierDouble,
  type GlacierDouble,
  type GlacierDoubleOptions,
} from "@coldstow/test-servers/glacier-double";

import { onTestFinished } from "vitest";

import { plugin } from "../src/index.ts";

export const MiB: number = 1024 ** 2;
export const bucket = "cold";

/** A bucket of a double behind a line that can be cut. */
export interface Destination {
  readonly double: GlacierDouble;
  readonly proxy: FaultProxy;
  readonly stateDirectory: string;
  /** What backends have told so far. */
  readonly events: ProgressEvent[];
  /** Another client, as a later process would open it. */
  open(settings?: Readonly<Record<string, string>>): Promise<StorageBackend>;
}

/** Starts a double with an empty bucket {@link bucket}; it ends with the test. */
export async function destination(options: GlacierDoubleOptions = {}): Promise<Destination> {
  const double = await startGlacierDouble(options);
  const proxy = await startFaultProxy(double.port);
  const stateDirectory = await mkdtemp(join(tmpdir(), "coldstow-s3-"));
  const events: ProgressEvent[] = [];
  const opened: StorageBackend[] = [];
  double.createBucket(bucket);
  onTestFinished(async () => {
    for (const backend of opened) await backend.close();
    await proxy.close();
    await double.stop();
    await rm(stateDirectory, { recursive: true });
  });
  return {
    double,
    proxy,
    stateDirectory,
    events,
    open: async (settings = {}) => {
      const backend = await plugin.open(
        {
          profile: "aws-deep-archive",
          endpoint: `http://127.0.0.1:${proxy.port}`,
          region: double.region,
          bucket,
          path_style: "yes",
          access_key: double.accessKeyId,
          secret_key: double.secretAccessKey,
          ...settings,
        },
        { progress: (event) => events.push(event), stateDirectory },
      );
      opened.push(backend);
      return backend;
    },
  };
}

/** A body that costs no memory: the same bytes wherever it is opened. */
export function patterned(sizeBytes: number, seed = 0): BodySource {
  const period = 65_536;
  const block = Buffer.alloc(2 * period, createHash("sha512").update(String(seed)).digest());
  for (let at = 0; at < block.length; at += 256) block.writeUInt32BE((at % period) ^ seed, at);
  return {
    sizeBytes,
    digests: [],
    async *open(offset) {
      for (let at = offset; at < sizeBytes;) {
        const length = Math.min(period, sizeBytes - at);
        yield block.subarray(at % period, (at % period) + length);
        at += length;
      }
    },
  };
}
