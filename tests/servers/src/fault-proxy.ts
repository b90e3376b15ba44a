import { randomInt } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createServer, connect, type Server, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

const host = "127.0.0.1";

/** `to-server` is what clients send, `to-client` what the server answers. */
export type Direction = "to-server" | "to-client";

/** Forwards TCP connections to a server of this machine until it is told to misbehave. */
export interface FaultProxy {
  /** Where clients connect, on 127.0.0.1. It stays the same over `refuse` and `accept`. */
  readonly port: number;
  /** Bytes that were forwarded, of all connections so far. */
  readonly toServerBytes: number;
  readonly toClientBytes: number;
  /** Connections that are open now. */
  readonly connections: number;
  /** Where new connections lead: a server that was started again may have another port. */
  targetPort: number;
  /** How long each chunk is held back, in milliseconds. */
  delayMs: number;
  /** Resets every open connection, on both sides. @returns how many there were */
  cutAll(): number;
  /**
   * Resets every open connection once this many further bytes went that way, and lets not one more
   * through. A second call replaces the first.
   */
  cutAfter(bytes: number, direction?: Direction): void;
  /** Connections stay open, new ones are accepted, and nothing is forwarded. */
  stall(): void;
  unstall(): void;
  /** Nobody listens any more: new connections are refused. Open ones go on. */
  refuse(): void;
  accept(): Promise<void>;
  /** Resolves once so many bytes went that way in all; at once where they have. */
  forwarded(bytes: number, direction: Direction): Promise<void>;
  /** Resets what is open and stops listening. */
  close(): Promise<void>;
}

/** Starts a proxy in front of 127.0.0.1:`targetPort`. Memory: one chunk for each connection and direction. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const proxy = new TcpFaultProxy(targetPort);
  await proxy.listenAnywhere();
  return proxy;
}

class TcpFaultProxy implements FaultProxy {
  port = 0;
  targetPort: number;
  delayMs = 0;
  toServerBytes = 0;
  toClientBytes = 0;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #server: Server | undefined;
  #stalled = false;
  #cut: { readonly direction: Direction; readonly atBytes: number } | undefined;

  constructor(targetPort: number) {
    this.targetPort = targetPort;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  cutAll(): number {
    const open = this.#pairs.size;
    for (const [client, server] of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
    this.#pairs.clear();
    this.#changes.emit("change");
    return open;
  }

  cutAfter(bytes: number, direction: Direction = "to-server"): void {
    this.#cut = { direction, atBytes: this.#count(direction) + bytes };
  }

  stall(): void {
    this.#stalled = true;
  }

  unstall(): void {
    this.#stalled = false;
    this.#changes.emit("change");
  }

  refuse(): void {
    // Listening ends at once; open connections do not count.
    this.#server?.close();
    this.#server = undefined;
  }

  async accept(): Promise<void> {
    if (this.#server === undefined) await this.#listen(this.port);
  }

  async forwarded(bytes: number, direction: Direction): Promise<void> {
    while (this.#count(direction) < bytes) await once(this.#changes, "change");
  }

  async close(): Promise<void> {
    this.#stalled = false;
    const server = this.#server;
    const closed = server === undefined ? undefined : once(server, "close");
    this.refuse();
    this.cutAll();
    await closed;
  }

  /** Below the ports that the kernel gives away, so that nobody takes this one while it refuses. */
  async listenAnywhere(): Promise<void> {
    for (;;) {
      try {
        await this.#listen(randomInt(10_000, 32_000));
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      }
    }
  }

  async #listen(port: number): Promise<void> {
    const options = { allowHalfOpen: true, noDelay: true };
    const server = createServer(options, (client) => this.#take(client));
    server.listen(port, host);
    await once(server, "listening");
    this.port = port;
    this.#server = server;
  }

  #take(client: Socket): void {
    const server = connect({ port: this.targetPort, host, allowHalfOpen: true, noDelay: true });
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    const reset = (): void => {
      this.#pairs.delete(pair);
      client.resetAndDestroy();
      server.resetAndDestroy();
      this.#changes.emit("change");
    };
    client.on("error", reset);
    server.on("error", reset);
    const ways = [
      this.#forward(client, server, "to-server"),
      this.#forward(server, client, "to-client"),
    ];
    void Promise.all(ways).then(() => this.#pairs.delete(pair), reset);
  }

  async #forward(from: Socket, to: Socket, direction: Direction): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (this.delayMs > 0) await wait(this.delayMs);
      await this.#goingOn();
      const left = this.#cut?.direction === direction ? this.#cut.atBytes : Infinity;
      const bytes = chunk.subarray(0, Math.max(0, left - this.#count(direction)));
      if (to.destroyed) return;
      // Counted before it is awaited, so that two connections do not pass a limit together.
      this.#counted(bytes.length, direction);
      const reachesLimit = this.#count(direction) >= left;
      const flushed = to.write(bytes);
      if (reachesLimit) {
        this.#cut = undefined;
        this.cutAll();
        return;
      }
      if (!flushed) await Promise.race([once(to, "drain"), once(to, "close")]);
    }
    await this.#goingOn();
    if (!to.destroyed) to.end();
  }

  async #goingOn(): Promise<void> {
    while (this.#stalled) await once(this.#changes, "change");
  }

  #count(direction: Direction): number {
    return direction === "to-server" ? this.toServerBytes : this.toClientBytes;
  }

  #counted(bytes: number, direction: Direction): void {
    if (direction === "to-server") this.toServerBytes += bytes;
    else this.toClientBytes += bytes;
    this.#changes.emit("change");
  }
}
