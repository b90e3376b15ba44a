import { nameFromBytes } from "@coldstow/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonReader } from "./json-reader.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe("the JSON reader", () => {
  test("reads the strings of any object as JSON.parse does, whatever stands between", () => {
    const value = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.jsonValue()));
    fc.assert(
      fc.property(value, fc.constantFrom(0, 4), (object, indent) => {
        const reader = new JsonReader(bytes(JSON.stringify(object, undefined, indent)));
        const seen: [string, unknown][] = [];
        for (const key of reader.keys()) {
          if (reader.next() === 0x22) seen.push([key, reader.string()]);
          else reader.skip();
        }
        const parsed = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
        const strings = Object.entries(parsed).filter(([, one]) => typeof one === "string");
        expect(seen).toEqual(strings);
        expect(reader.next()).toBe(-1);
      }),
    );
  });

  test("fails at any cut of an object", () => {
    const text = JSON.stringify({ a: 'x\\"y', b: [1, { c: null }], d: "" });
    for (let length = 0; length < text.length; length += 1) {
      const reader = new JsonReader(bytes(text.slice(0, length)));
      expect(() => {
        for (const _ of reader.keys()) reader.skip();
      }).toThrow(expect.objectContaining({ code: "E_FORMAT" }));
    }
  });

  test("keeps bytes that are no UTF-8", () => {
    const name = Buffer.from([0x22, 0x62, 0xff, 0x5c, 0x2f, 0x22]);
    expect(new JsonReader(name).string()).toBe(nameFromBytes(Buffer.from([0x62, 0xff, 0x2f])));
  });

  test("passes a million brackets without a deep stack, and refuses what does not close", () => {
    const deep = "[".repeat(1_000_000);
    new JsonReader(bytes(`${deep}${"]".repeat(1_000_000)}`)).skip();
    expect(() => new JsonReader(bytes(deep)).skip()).toThrow(
      expect.objectContaining({ code: "E_FORMAT" }),
    );
  });
});
