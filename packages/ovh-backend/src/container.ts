import { ColdstowError } from "@coldstow/contracts";

import type { OvhConfig } from "./config.ts";
import { statusError, type AnswerHead } from "./errors.ts";
import type { SwiftClient } from "./swift-client.ts";

/** The container of a destination: that it is there, and keeps objects in the class that is wanted. */
export class Container {
  readonly name: string;
  readonly #client: SwiftClient;
  readonly #config: OvhConfig;
  #ready: Promise<void> | undefined;
  #seen = false;

  constructor(client: SwiftClient, config: OvhConfig) {
    this.name = config.container;
    this.#client = client;
    this.#config = config;
  }

  /**
   * Checks it and makes nothing. With `create` it need not be there.
   * @throws {E_NO_CONTAINER | E_STORAGE_CLASS}
   */
  async check(): Promise<void> {
    if (await this.#look()) return;
    if (!this.#config.create) throw this.missing();
  }

  /**
   * Makes it where it is missing and may be made. Asks the store once.
   * @throws {E_NO_CONTAINER | E_STORAGE_CLASS}
   */
  async ensure(): Promise<void> {
    if (this.#seen) return;
    this.#ready ??= this.#make().finally(() => (this.#ready = undefined));
    await this.#ready;
  }

  /**
   * Called where the store said that an object or the container is not there: returns if nothing is
   * there because nothing was stored yet.
   * @throws {E_NO_CONTAINER} if the container must exist and does not
   */
  async allowAbsence(): Promise<void> {
    if (this.#seen || this.#config.create) return;
    if (!(await this.#look())) throw this.missing();
  }

  missing(): ColdstowError {
    this.#seen = false;
    return new ColdstowError("E_NO_CONTAINER", `there is no container ${this.name}`, {
      subject: this.name,
      hint: "Make it, correct its name or the region, or set create = yes.",
    });
  }

  async #look(): Promise<boolean> {
    const doing = `looking at the container ${this.name}`;
    const answer = await this.#client.status({ method: "HEAD", container: this.name, doing });
    if (answer.status === 404) return false;
    if (answer.status < 200 || answer.status > 299) throw statusError(answer, doing, this.name);
    this.#checkPolicy(answer);
    this.#seen = true;
    return true;
  }

  async #make(): Promise<void> {
    if (await this.#look()) return;
    if (!this.#config.create) throw this.missing();
    const { policy } = this.#config;
    const doing = `making the container ${this.name}`;
    const answer = await this.#client.status({
      method: "PUT",
      container: this.name,
      headers: policy === undefined ? {} : { "x-storage-policy": policy },
      doing,
    });
    const { status } = answer;
    if (policy !== undefined && (status === 400 || status === 409)) {
      throw this.#wrongPolicy(`the store cannot make a container of the policy ${policy}`);
    }
    if (status < 200 || status > 299) throw statusError(answer, doing, this.name);
    // A store that does not know the header makes a container of another class, and says nothing.
    if (!(await this.#look())) throw this.missing();
  }

  #checkPolicy({ headers }: AnswerHead): void {
    const { policy } = this.#config;
    const found = headers["x-storage-policy"];
    if (policy === undefined || found?.toUpperCase() === policy.toUpperCase()) return;
    const kept = found === undefined ? "does not tell its policy" : `has the policy ${found}`;
    throw this.#wrongPolicy(`the container ${this.name} ${kept}, not ${policy}`);
  }

  #wrongPolicy(message: string): ColdstowError {
    return new ColdstowError("E_STORAGE_CLASS", message, {
      subject: "policy",
      hint: "Name another container, or set policy to the container's own (none: do not check). A container's policy cannot be changed.",
    });
  }
}
