import assert from "node:assert/strict";

import { randomBytes } from "../random-bytes.ts";
import { assertCode } from "../assert-error.ts";
import type { Expectations } from "../harness.ts";
import type { Scenario } from "../scenario.ts";

const size = 300_000;
const cases: readonly { what: string; start: number; end: number }[] = [
  { what: "from the start", start: 0, end: 1000 },
  { what: "of the first byte", start: 0, end: 1 },
  { what: "in the middle", start: 65_535, end: 200_001 },
  { what: "of one byte in the middle", start: 70_000, end: 70_001 },
  { what: "up to the end", start: size - 1000, end: size },
  { what: "of the last byte", start: size - 1, end: size },
  { what: "of everything", start: 0, end: size },
  { what: "that reaches past the end", start: size - 10, end: size + 1000 },
  { what: "without an end", start: 5, end: Number.MAX_SAFE_INTEGER },
  { what: "that starts at the end", start: size, end: size + 1 },
  { what: "that starts past the end", start: size + 50, end: size + 60 },
  { what: "that is empty", start: 100, end: 100 },
];

/** A range read yields exactly the bytes asked for, or is refused by a backend that has none. */
export function ranges({ capabilities }: Expectations): readonly Scenario[] {
  if (capabilities.rangeRead === false) {
    return [
      {
        name: "a range is refused, since the backend cannot read one",
        run: async (bench) => {
          await bench.put("ranges/object", randomBytes(size, 3));
          await assertCode(
            () => bench.read("ranges/object", { range: { start: 1, end: 2 } }),
            ["E_UNSUPPORTED"],
            "a range read",
          );
        },
      },
    ];
  }
  return [
    ...cases.map(
      ({ what, start, end }) =>
        ({
          name: `a range ${what} yields its bytes`,
          run: async (bench) => {
            const bytes = randomBytes(size, 3);
            await bench.put("ranges/object", bytes);
            const read = await bench.read("ranges/object", { range: { start, end } });
            const wanted = bytes.subarray(start, end);
            assert.equal(read.length, wanted.length, "the range has another length");
            assert.ok(Buffer.compare(read, wanted) === 0, "the range has other bytes");
          },
        }) satisfies Scenario,
    ),
    {
      name: "a range of an empty object is empty",
      run: async (bench) => {
        await bench.put("ranges/empty", new Uint8Array());
        const read = await bench.read("ranges/empty", { range: { start: 0, end: 10 } });
        assert.equal(read.length, 0);
      },
    },
  ];
}
