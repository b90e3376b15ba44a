import { nameFromBytes } from "@coldstow/contracts";

/** A problem with one field; the reader makes the error of it that names the line. */
export class FieldProblem {
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}

const base64Pattern = /^[A-Za-z0-9+/]+={0,2}$/u;
const sha256Pattern = /^[0-9a-f]{64}$/u;

/** Reads the fields of one JSON object strictly. Every method throws a {@link FieldProblem}. */
export class JsonFields {
  readonly #record: Record<string, unknown>;

  constructor(value: unknown, what: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new FieldProblem(`${what} is not an object`);
    }
    this.#record = value as Record<string, unknown>;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#record, key);
  }

  raw(key: string): unknown {
    return this.has(key) ? this.#record[key] : undefined;
  }

  text(key: string): string {
    const value = this.raw(key);
    if (typeof value === "string" && value.isWellFormed()) return value;
    throw new FieldProblem(`"${key}" is not a text`);
  }

  /** A whole number from `least` to 2^53 - 1. */
  integer(key: string, least: number): number {
    const value = this.raw(key);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
    throw new FieldProblem(`"${key}" is not a whole number of at least ${least}`);
  }

  /** True when the key is there with the value true; it is left out otherwise. */
  flag(key: string): boolean {
    if (!this.has(key)) return false;
    if (this.raw(key) === true) return true;
    throw new FieldProblem(`"${key}" is not true`);
  }

  sha256(key: string): string {
    const value = this.text(key);
    if (sha256Pattern.test(value)) return value;
    throw new FieldProblem(`"${key}" is not a SHA-256 in hex`);
  }

  /** The name under `key`, or that under `key_b64` where its bytes are not UTF-8. */
  name(key: string): string {
    const shown = this.text(key);
    const key64 = `${key}_b64`;
    if (!this.has(key64)) return checkedName(key, shown);
    const base64 = this.text(key64);
    const bytes = Buffer.from(base64, "base64");
    if (!base64Pattern.test(base64) || bytes.toString("base64") !== base64) {
      throw new FieldProblem(`"${key64}" is not base64`);
    }
    return checkedName(key64, nameFromBytes(bytes));
  }

  object(key: string): JsonFields {
    return new JsonFields(this.raw(key), `"${key}"`);
  }
}

function checkedName(key: string, name: string): string {
  if (name !== "" && !name.includes("\0")) return name;
  throw new FieldProblem(`"${key}" is not a name`);
}
