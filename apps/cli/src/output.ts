import { once } from "node:events";

/** The reader of stdout went away, as `head` does. Not a failure. */
export class OutputClosed extends Error {
  override readonly name: string = "OutputClosed";
}

let closed = false;
let documentBegun = false;

/** Notes when stdout's reader goes away, instead of failing; a closed stderr is ignored. */
export function watchPipes(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    closed = true;
  });
  process.stderr.on("error", () => undefined);
}

/**
 * Writes to stdout and waits while its reader is behind, so that memory stays flat.
 * @throws {OutputClosed} when the reader has gone
 */
export async function writeOut(text: string): Promise<void> {
  if (closed) throw new OutputClosed("stdout was closed");
  if (process.stdout.write(text)) return;
  // A reader that goes away closes the stream without a "drain".
  await Promise.race([once(process.stdout, "drain"), once(process.stdout, "close")]).catch(() => {
    closed = true;
  });
}

/** Writes a line for people to stderr. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** True once a JSON document has begun on stdout: a second one must not follow. */
export function hasDocument(): boolean {
  return documentBegun;
}

/** The JSON of a value: integers beyond 2^53 as strings, bytes as hex, undefined as null. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_, item: unknown) => {
      if (typeof item === "bigint") return item.toString();
      if (item instanceof Uint8Array) return Buffer.from(item).toString("hex");
      if (item === undefined) return null;
      return item;
    },
    indent,
  );
}

/** Writes the one JSON document of a command. */
export async function writeDocument(value: unknown): Promise<void> {
  documentBegun = true;
  await writeOut(`${jsonText(value, 2)}\n`);
}

/**
 * Writes one JSON document with a list in it, a row at a time: memory does not grow with the rows.
 * When the rows fail, the document still ends as JSON, with the `error` in it.
 */
export async function writeListDocument(
  name: string,
  rows: AsyncIterable<unknown> | Iterable<unknown>,
  describe: (error: unknown) => unknown,
): Promise<void> {
  documentBegun = true;
  let count = 0;
  try {
    await writeOut(`{\n  ${JSON.stringify(name)}: [`);
    for await (const row of rows) {
      await writeOut(`${count === 0 ? "" : ","}\n    ${jsonText(row)}`);
      count += 1;
    }
    await writeOut(count === 0 ? "]\n}\n" : "\n  ]\n}\n");
  } catch (error) {
    if (!(error instanceof OutputClosed)) {
      await writeOut(`\n  ],\n  "error": ${jsonText(describe(error))}\n}\n`);
    }
    throw error;
  }
}
