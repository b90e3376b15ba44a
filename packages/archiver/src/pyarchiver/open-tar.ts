import { ColdstowError } from "@coldstow/contracts";
import { openPyArchiver } from "@coldstow/crypto";
import { gunzip } from "./gunzip.ts";
import { isCiphered } from "./tar-name.ts";

/**
 * The tar inside a stored object: deciphered if its name says so, decompressed. The bytes that every
 * gzip begins with tell a wrong password before anything else is read (docs/formats/pyarchiver.md §4).
 * @throws {E_WRONG_KEY} if it does not begin as gzip, or the password has a character outside Latin-1
 * @throws {E_FORMAT} for a plain one that does not begin as gzip, and at damage further in
 */
export async function* openTar(
  name: string,
  stored: AsyncIterable<Uint8Array>,
  password: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const packed = isCiphered(name) ? openPyArchiver(stored, password) : stored;
  yield* gunzip(checkStart(name, packed));
}

const gzipStart = [0x1f, 0x8b, 0x08];

async function* checkStart(
  name: string,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  for await (const bytes of source) {
    for (const byte of bytes.subarray(0, gzipStart.length - at)) {
      if (byte !== gzipStart[at]) throw isCiphered(name) ? wrongKey(name) : notGzip(name);
      at += 1;
    }
    yield bytes;
  }
  if (at < gzipStart.length) throw notGzip(name);
}

function wrongKey(tar: string): ColdstowError {
  return new ColdstowError(
    "E_WRONG_KEY",
    `The password does not open ${tar}, or the file is damaged at its start. Nothing of it was written.`,
    { subject: tar, hint: "Give the password that pyArchiver used for this archive." },
  );
}

function notGzip(tar: string): ColdstowError {
  return new ColdstowError("E_FORMAT", `${tar} is no gzip file. Nothing of it was written.`, {
    subject: tar,
  });
}
