/** Standard base64 without padding. Source: c2sp.org/age "Conventions", RFC 4648 §4. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("base64")
    .replace(/=+$/, "");
}

/**
 * The bytes of canonical, unpadded base64. Undefined for anything else: padding, a foreign
 * character, left-over bits that are not zero. Source: RFC 4648 §3.5.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  // Node's decoder forgives everything, so what it understood is written again and compared.
  const bytes = Buffer.from(text, "base64");
  return encodeBase64(bytes) === text ? bytes : undefined;
}
