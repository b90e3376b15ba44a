import { orCancelled } from "@coldstow/contracts";

import type { Connection } from "./connection.ts";

/**
 * Writes an open file from an offset on, in order, with several requests under way.
 * Memory: one block here, and what ssh2 holds of the requests under way.
 */
export class RemoteWriter {
  readonly #connection: Connection;
  readonly #handle: Buffer;
  readonly #inFlight: number;
  readonly #signal: AbortSignal | undefined;
  readonly #block: Buffer;
  readonly #underWay: { end: number; written: Promise<unknown> }[] = [];
  #used = 0;
  #offset: number;
  /** Every byte before it is acknowledged by the server. */
  acknowledged: number;

  constructor(
    connection: Connection,
    handle: Buffer,
    start: number,
    inFlight: number,
    signal: AbortSignal | undefined,
  ) {
    this.#connection = connection;
    this.#handle = handle;
    this.#inFlight = inFlight;
    this.#signal = signal;
    this.#block = Buffer.allocUnsafeSlow(connection.requestBytes);
    this.#offset = start;
    this.acknowledged = start;
  }

  /** Most bytes that may have been on their way when a write was refused. */
  get windowBytes(): number {
    return this.#block.length * this.#inFlight;
  }

  async add(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + this.#block.length - this.#used);
      this.#block.set(part, this.#used);
      this.#used += part.length;
      at += part.length;
      if (this.#used === this.#block.length) await this.#send();
    }
  }

  async #send(): Promise<void> {
    if (this.#underWay.length >= this.#inFlight) await this.#settleFirst();
    const [length, offset] = [this.#used, this.#offset];
    // ssh2 copies the bytes into its packet at once, so the block is free again.
    const written = this.#connection.request((sftp, done) =>
      sftp.write(this.#handle, this.#block, 0, length, offset, done),
    );
    written.catch(() => undefined);
    this.#offset += length;
    this.#used = 0;
    this.#underWay.push({ end: this.#offset, written });
  }

  async #settleFirst(): Promise<void> {
    const first = this.#underWay[0];
    if (first === undefined) return;
    await orCancelled(first.written, this.#signal);
    this.#underWay.shift();
    this.acknowledged = first.end;
  }

  /** Sends what is left and waits for every answer. */
  async finish(): Promise<void> {
    if (this.#used > 0) await this.#send();
    while (this.#underWay.length > 0) await this.#settleFirst();
  }

  /** After a failure: notes what was acknowledged before it, waiting for nothing that is lost. */
  async abandon(): Promise<void> {
    for (const { end, written } of this.#underWay.splice(0)) {
      try {
        await written;
      } catch {
        return;
      }
      this.acknowledged = end;
    }
  }
}
