import { ColdstowError } from "@coldstow/contracts";

/**
 * The same chunks, for what comes from a place that may send more than it should, and would fill the disk.
 * @throws {E_LENGTH} at the first byte too many
 */
export async function* atMost(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  key: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      const message = `${key} has more than the ${maxBytes} bytes that it should have.`;
      throw new ColdstowError("E_LENGTH", message, { subject: key });
    }
    yield chunk;
  }
}
