import type { Access } from "./authenticate.ts";

/** One token for all requests; several that need one at once ask once. */
export class TokenCache {
  readonly #ask: () => Promise<Access>;
  #asking: Promise<Access> | undefined;
  #latest: Access | undefined;

  constructor(ask: () => Promise<Access>) {
    this.#ask = ask;
  }

  /** A token that is good for some minutes at least, where such are given. */
  async get(): Promise<Access> {
    const access = await (this.#asking ?? this.#start());
    return Date.now() < access.renewAtMs ? access : await this.renew(access);
  }

  /** Another token than this one. */
  async renew(stale: Access): Promise<Access> {
    if (this.#latest === stale) return await this.#start();
    return await (this.#asking ?? this.#start());
  }

  #start(): Promise<Access> {
    this.#latest = undefined;
    const asking = this.#ask().then(
      (access) => (this.#latest = access),
      (error: unknown) => {
        this.#asking = undefined;
        throw error;
      },
    );
    this.#asking = asking;
    return asking;
  }
}
