import { ColdstowError } from "@coldstow/contracts";

import type { SftpConfig } from "./config.ts";
import { Connection } from "./connection.ts";
import type { HostKeyCheck } from "./host-key-check.ts";

/** Opens connections when they are needed, up to a number; beyond it calls share them. */
export class ConnectionPool {
  readonly #config: SftpConfig;
  readonly #check: HostKeyCheck;
  #open: Connection[] = [];
  readonly #opening: Set<Promise<Connection>> = new Set();
  #first: Promise<unknown> | undefined;
  #closed = false;

  constructor(config: SftpConfig, check: HostKeyCheck) {
    this.#config = config;
    this.#check = check;
  }

  async #connect(): Promise<Connection> {
    const opening = Connection.open(this.#config, this.#check);
    this.#opening.add(opening);
    try {
      const connection = await opening;
      if (this.#closed) {
        connection.close();
        throw this.#ended();
      }
      this.#open.push(connection);
      return connection;
    } finally {
      this.#opening.delete(opening);
    }
  }

  #ended(): ColdstowError {
    return new ColdstowError("E_USAGE", "the backend is closed");
  }

  async #pick(): Promise<Connection> {
    // The first one decides alone whether the host is known, and asks an agent only once.
    await this.#first?.catch(() => undefined);
    if (this.#closed) throw this.#ended();
    this.#open = this.#open.filter((one) => !one.broken);
    const idlest = this.#open.toSorted((a, b) => a.users - b.users)[0];
    if (idlest !== undefined && idlest.users === 0) return idlest;
    if (this.#open.length + this.#opening.size < this.#config.connections) {
      const opened = this.#connect();
      if (this.#open.length === 0) this.#first = opened;
      return await opened;
    }
    if (idlest !== undefined) return idlest;
    return await Promise.any(this.#opening).catch((error: unknown) => {
      throw error instanceof AggregateError ? error.errors[0] : error;
    });
  }

  /**
   * Lends a connection to the work.
   * @throws {E_HOST_KEY | E_AUTH | E_CONFIG | E_TIMEOUT | E_TEMPORARY} if none can be opened
   */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.take();
    try {
      return await work(connection);
    } finally {
      connection.users -= 1;
    }
  }

  /** A connection whose `users` the caller lowers when it is done. */
  async take(): Promise<Connection> {
    const connection = await this.#pick();
    connection.users += 1;
    return connection;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const connection of this.#open) connection.close();
    this.#open = [];
    await Promise.allSettled(this.#opening);
  }
}
