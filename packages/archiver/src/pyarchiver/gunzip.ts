import { createGunzip } from "node:zlib";
import { ColdstowError } from "@coldstow/contracts";

/** One piece in yields at most 1032 times as much, which then waits in memory. */
const pieceBytes = 16 * 1024;
const outputBytes = 64 * 1024;

const nothing = (): void => {};

/**
 * Decompresses gzip. Everything in front of a cut is given out before the error, and all but 64 KiB in
 * front of damage. Memory: 16 MiB at most, when zeros were compressed.
 * @throws {E_FORMAT} for what is no gzip, is damaged, or ends too early
 */
export async function* gunzip(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = createGunzip({ chunkSize: outputBytes });
  let ready: Uint8Array[] = [];
  let failure: Error | undefined;
  // The stream's own iterator drops what waits in it when it fails.
  stream.on("data", (bytes: Uint8Array) => ready.push(bytes));
  stream.on("error", (error) => (failure ??= error));
  let closed = false;
  let wake = nothing;
  stream.on("close", () => {
    closed = true;
    wake();
  });
  // A stream that fails never calls back for the piece at which it failed; it only closes.
  const settled = async (act: (done: () => void) => unknown): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    act(resolve);
    if (closed) resolve();
    await promise;
  };
  const drained = function* (): Generator<Uint8Array, void, undefined> {
    const out = ready;
    ready = [];
    yield* out;
    if (failure !== undefined) throw damaged(failure);
  };
  try {
    for await (const bytes of source) {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        await settled((done) => stream.write(bytes.subarray(at, at + pieceBytes), () => done()));
        yield* drained();
      }
    }
    await settled(() => stream.end());
    yield* drained();
  } finally {
    stream.destroy();
  }
}

function damaged(cause: Error): ColdstowError {
  return new ColdstowError(
    "E_FORMAT",
    `The tar's compression cannot be read further (${cause.message}): it is damaged or was cut off.`,
    { hint: "What came before was kept. Look for another copy of the tar.", cause },
  );
}
