import { createHash } from "node:crypto";
import type { BodySource, Digest } from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import { fileSource } from "../files/file-source.ts";
import { hex } from "../pack/member-line.ts";
import type { WrittenPack } from "../pack/pack-output.ts";

/** What is known of an object before it is sent. */
export type ObjectFacts = Pick<WrittenPack, "sizeBytes" | "sha256">;

/**
 * A file of this machine as the body of uploads to several destinations. For a store that tells MD5s, the
 * file's MD5 is announced beside its SHA-256; it is computed once, when the first of them asks.
 */
export class FileBody {
  readonly #path: string;
  readonly #facts: ObjectFacts;
  #md5: Promise<Digest> | undefined;

  constructor(path: string, facts: ObjectFacts) {
    this.#path = path;
    this.#facts = facts;
  }

  async for({ backend }: Pick<OpenDestination, "backend">): Promise<BodySource> {
    const digests: Digest[] = [{ algorithm: "sha256", hex: hex(this.#facts.sha256) }];
    if (backend.capabilities.serverDigest === "md5") {
      digests.push(await (this.#md5 ??= this.#computeMd5()));
    }
    return fileSource(this.#path, this.#facts.sizeBytes, digests);
  }

  async #computeMd5(): Promise<Digest> {
    const digest = createHash("md5");
    for await (const bytes of fileSource(this.#path, this.#facts.sizeBytes, []).open(0)) {
      digest.update(bytes);
    }
    return { algorithm: "md5", hex: digest.digest("hex") };
  }
}
