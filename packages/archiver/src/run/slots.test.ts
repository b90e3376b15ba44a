import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Slots } from "./slots.ts";

it("no more is under way than there are slots, in the order of asking, also past failures", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.record({ turns: fc.nat(4), fails: fc.boolean() }), { maxLength: 20 }),
      async (count, all) => {
        const slots = new Slots(count);
        const begun: number[] = [];
        let underWay = 0;
        const ends = await Promise.allSettled(
          all.map(async ({ turns, fails }, index) =>
            slots.use(async () => {
              begun.push(index);
              underWay += 1;
              expect(underWay).toBeLessThanOrEqual(count);
              for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
              underWay -= 1;
              if (fails) throw new Error("failed");
            }),
          ),
        );
        expect(begun).toEqual(all.map((_, index) => index));
        expect(ends.map(({ status }) => status === "rejected")).toEqual(
          all.map(({ fails }) => fails),
        );
      },
    ),
  );
});
