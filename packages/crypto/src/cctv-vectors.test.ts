import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { describeError } from "@coldstow/contracts";
import * as vectors from "cctv-age";
import { describe, expect, test } from "vitest";
import { type EnvelopeKeys, openBytes, openEnvelope, openStream } from "./index.ts";

interface Vector {
  readonly name: string;
  readonly expected: string;
  readonly keys: EnvelopeKeys;
  readonly payload: string | undefined;
  readonly armored: boolean;
  readonly hybrid: boolean;
  readonly file: Buffer;
}

function readVector(name: string, bytes: Uint8Array): Vector {
  const raw = Buffer.from(bytes);
  const split = raw.indexOf("\n\n");
  const fields = raw
    .toString("utf8", 0, split)
    .split("\n")
    .map(
      (line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)] as const,
    );
  const all = (key: string): string[] => fields.filter(([k]) => k === key).map(([, v]) => v);
  const body = raw.subarray(split + 2);
  const identities = all("identity");
  const [passphrase] = all("passphrase");
  return {
    name,
    expected: all("expect")[0] ?? "",
    keys:
      passphrase === undefined || identities.length > 0
        ? identities.filter((identity) => !identity.includes("-PQ-"))
        : { passphrase },
    payload: all("payload")[0],
    armored: all("armored").includes("yes"),
    hybrid: identities.length > 0 && identities.every((identity) => identity.includes("-PQ-")),
    file: all("compressed").includes("zlib") ? inflateSync(body) : body,
  };
}

/** The code that each expectation of the vectors is here. */
const codes: Readonly<Record<string, string>> = {
  "no match": "E_WRONG_KEY",
  "HMAC failure": "E_FIXITY",
  "header failure": "E_FORMAT",
  "payload failure": "E_FIXITY",
  "armor failure": "E_FORMAT",
};

async function* cut(file: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += pieceBytes) yield file.subarray(at, at + pieceBytes);
}

function sha256(pieces: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

interface Outcome {
  readonly outcome: string;
  /** The hash of all plaintext that was released, whether or not the end was good. */
  readonly payload: string;
}

/** Reads as a program would: what was released, and how it ended. */
async function release(
  read: (take: (bytes: Uint8Array) => void) => Promise<void> | void,
): Promise<Outcome> {
  const released: Uint8Array[] = [];
  let outcome = "success";
  try {
    await read((piece) => released.push(piece));
  } catch (error) {
    outcome = describeError(error).code;
  }
  return { outcome, payload: sha256(released) };
}

function streamed({ file, keys }: Vector, pieceBytes: number): Promise<Outcome> {
  return release(async (take) => {
    for await (const piece of openStream(cut(file, pieceBytes), keys)) take(piece);
  });
}

function expectedOf(vector: Vector): Outcome {
  const outcome = codes[vector.expected] ?? vector.expected;
  return { outcome, payload: vector.payload ?? sha256([]) };
}

/** As {@link expectedOf}, for a reader that gives all or nothing. */
function allOrNothing(vector: Vector): Outcome {
  const expected = expectedOf(vector);
  return expected.outcome === "success" ? expected : { ...expected, payload: sha256([]) };
}

const all = Object.entries(vectors)
  .filter((entry): entry is [string, Uint8Array] => entry[1] instanceof Uint8Array)
  .map(([name, bytes]) => readVector(name, bytes));
const native = all.filter((vector) => !vector.hybrid);
const hybrid = all.filter((vector) => vector.hybrid);

test("125 of the 143 public age vectors run in full; 18 need a post-quantum identity", () => {
  const counts = { all: all.length, native: native.length, hybrid: hybrid.length };
  expect(counts).toEqual({ all: 143, native: 125, hybrid: 18 });
});

describe("a public age vector read as a stream ends as it must and releases what it may", () => {
  test.each(native)("$name: $expected", async (vector) => {
    for (const pieceBytes of [100_000_000, 65_552, 1000])
      expect(await streamed(vector, pieceBytes)).toEqual(expectedOf(vector));
  });
});

describe("a public age vector read byte by byte ends the same", () => {
  test.each(native.filter(({ file }) => file.length < 5000))("$name", async (vector) => {
    expect(await streamed(vector, 1)).toEqual(expectedOf(vector));
  });
});

describe("a public age vector opened in memory gives all or an error", () => {
  test.each(native)("$name: $expected", async (vector) => {
    const seen = await release((take) => take(openBytes(vector.file, vector.keys)));
    expect(seen).toEqual(allOrNothing(vector));
  });
});

describe("a binary public age vector opened by random access ends as it must", () => {
  test.each(native.filter(({ armored }) => !armored))("$name: $expected", async (vector) => {
    const seen = await release((take) => {
      const opener = openEnvelope(vector.file, vector.keys);
      const sealed = vector.file.subarray(opener.headerBytes);
      const out = new Uint8Array(sealed.length);
      take(out.subarray(0, opener.openInto(0, sealed, true, out, 0)));
    });
    expect(seen).toEqual(allOrNothing(vector));
  });
});

describe("a post-quantum vector is told from a broken file: its identity is missing", () => {
  const [identity] = native.flatMap(({ keys }) => (Array.isArray(keys) ? keys : []));
  test.each(hybrid)("$name", ({ file, name }) => {
    const open = (): Uint8Array => openBytes(file, [identity ?? ""]);
    expect(open).toThrow(
      expect.objectContaining({
        code: name === "hybrid_not_canonical_body" ? "E_FORMAT" : "E_WRONG_KEY",
      }),
    );
  });
});
