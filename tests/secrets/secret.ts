import { randomBytes } from "node:crypto";

/** A secret that is found again, however it was written down. */
export interface Secret {
  /** Where the program got it, for messages. */
  readonly from: string;
  /** One line, with signs that programs like to escape. */
  readonly value: string;
  /** Byte strings of which one is in every copy of it: bare, escaped, percent-encoded, hex, Base64. */
  readonly traces: readonly Buffer[];
}

/** Base64 of bytes inside a longer text looks like one of three, by where they begin. */
function base64Traces(bytes: Buffer): string[] {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    // Without the signs at the ends, which the neighbours have a share in.
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
}

/** Makes a secret with a core of letters and digits, which escaping leaves alone. */
export function newSecret(from: string): Secret {
  const core = `${from.replaceAll(/[^a-z]/gi, "")}${randomBytes(12).toString("hex")}Z`;
  return { from, value: `${core} %/+="'ü`, traces: tracesOf(core) };
}

/** What to look for of a secret that was made elsewhere, such as a recovery key. */
export function tracesOf(core: string): readonly Buffer[] {
  const bytes = Buffer.from(core);
  const hex = bytes.toString("hex");
  const base64 = base64Traces(bytes);
  const url = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  return [...new Set([core, hex, hex.toUpperCase(), ...base64, ...url])].map((text) =>
    Buffer.from(text),
  );
}
