import { ColdstowError } from "@coldstow/contracts";
import { isPrice } from "./charge.ts";
import type { Price } from "./tariff.ts";

/** Reads the fields of a JSON object, and says exactly which one is wrong, and what is allowed. */
export class TariffFields {
  readonly #source: string;
  readonly #path: string;
  readonly #values: Readonly<Record<string, unknown>>;

  /** @throws {E_CONFIG} if it is not an object, or has a field that is not known */
  constructor(source: string, path: string, value: unknown, known: readonly string[]) {
    this.#source = source;
    this.#path = path;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.#error(path === "" ? "the file" : path, "an object in braces");
    }
    this.#values = Object.fromEntries(Object.entries(value));
    const unknown = Object.keys(this.#values).find((name) => !known.includes(name));
    if (unknown === undefined) return;
    throw new ColdstowError(
      "E_CONFIG",
      `${source}: ${this.#name(unknown)} is not a field of a price list; known here: ${known.join(", ")}.`,
      { subject: source, hint: "Correct the named field; see docs/formats/tariff.md." },
    );
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  text(name: string, pattern: RegExp, allowed: string): string {
    const value = this.#values[name];
    if (typeof value === "string" && pattern.test(value)) return value;
    throw this.#error(this.#name(name), allowed, value);
  }

  price(name: string): Price {
    const value = this.#values[name];
    if (typeof value === "string" && isPrice(value)) return value;
    throw this.#error(
      this.#name(name),
      'a price in quotes, such as "0.0036", with at most 12 decimals',
      value,
    );
  }

  number(name: string, most: number, isWhole: boolean = true): number {
    const value = this.#values[name];
    const isNumber = typeof value === "number" && value >= 0 && value <= most;
    if (isNumber && (!isWhole || Number.isInteger(value))) return value;
    throw this.#error(
      this.#name(name),
      `a ${isWhole ? "whole " : ""}number from 0 to ${most}`,
      value,
    );
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name];
    if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
    throw this.#error(this.#name(name), "a list of texts", value);
  }

  /** The fields of an object inside. */
  inner(name: string, known: readonly string[]): TariffFields {
    return new TariffFields(this.#source, this.#name(name), this.#values[name], known);
  }

  /** The objects of a list. */
  list(name: string, known: readonly string[]): readonly TariffFields[] {
    const value: unknown = this.#values[name];
    if (!Array.isArray(value)) throw this.#error(this.#name(name), "a list", value);
    return value.map(
      (one: unknown, index) =>
        new TariffFields(this.#source, `${this.#name(name)}[${index}]`, one, known),
    );
  }

  /** @throws {E_CONFIG} that the field is wrong for another reason */
  refuse(name: string, allowed: string): never {
    throw this.#error(this.#name(name), allowed, this.#values[name]);
  }

  #name(field: string): string {
    return this.#path === "" ? field : `${this.#path}.${field}`;
  }

  #error(field: string, allowed: string, value?: unknown): ColdstowError {
    const given = value === undefined ? "missing or wrong" : (JSON.stringify(value) ?? "wrong");
    return new ColdstowError(
      "E_CONFIG",
      `${this.#source}: ${field} is ${given}; allowed: ${allowed}.`,
      {
        subject: this.#source,
        hint: "Correct the named field; see docs/formats/tariff.md.",
      },
    );
  }
}
