import { CreateBucketCommand, HeadBucketCommand } from "@aws-sdk/client-s3";
import { ColdstowError, isColdstowError } from "@coldstow/contracts";

import type { S3Session } from "./session.ts";

/** Knows whether the bucket is there, and makes it where the settings allow it. */
export class Bucket {
  readonly #session: S3Session;
  #seen = false;
  #making: Promise<void> | undefined;

  constructor(session: S3Session) {
    this.#session = session;
  }

  /** A request that only a bucket that is there can answer was answered. */
  wasSeen(): void {
    this.#seen = true;
  }

  /** False only if the store positively says that there is none. Asks once at most where it is there. */
  async exists(): Promise<boolean> {
    if (this.#seen) return true;
    const call = { doing: `looking for the bucket ${this.#name}` };
    const command = new HeadBucketCommand(this.#session.bucket);
    try {
      await this.#session.head(call, (options) => this.#session.client.send(command, options));
    } catch (error) {
      if (isColdstowError(error) && error.code === "E_NOT_FOUND") return false;
      throw error;
    }
    this.#seen = true;
    return true;
  }

  /**
   * What to do with an answer that may mean that there is no bucket: nothing is there where it will
   * be made by the first write.
   * @throws {E_NO_CONTAINER}
   */
  async mustExist(): Promise<void> {
    if (this.#session.config.create || (await this.exists())) return;
    throw new ColdstowError("E_NO_CONTAINER", `there is no bucket ${this.#name}`, {
      subject: this.#name,
      hint: "Make it, correct its name in the settings, or set create = yes.",
    });
  }

  /** Before a write: makes the bucket if it is missing and `create` says so. */
  async ready(): Promise<void> {
    if (this.#seen || !this.#session.config.create) return;
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    await this.#making;
  }

  get #name(): string {
    return this.#session.config.bucket;
  }

  async #make(): Promise<void> {
    if (await this.exists()) return;
    const { region } = this.#session.config;
    // Amazon's first region is the one that may not be named.
    const command = new CreateBucketCommand({
      ...this.#session.bucket,
      ...(region !== "us-east-1"
        ? { CreateBucketConfiguration: { LocationConstraint: region as "EU" } }
        : {}),
    });
    try {
      await this.#session.request({ doing: `making the bucket ${this.#name}` }, (options) =>
        this.#session.client.send(command, options).catch((error: unknown) => {
          if (isOurs(error)) return undefined;
          throw error;
        }),
      );
    } catch (error) {
      // Another process may have made it at the same moment.
      if (await this.exists()) return;
      throw error;
    }
    this.#seen = true;
  }
}

function isOurs(error: unknown): boolean {
  return error instanceof Error && error.name === "BucketAlreadyOwnedByYou";
}
