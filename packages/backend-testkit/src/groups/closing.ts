import { randomBytes } from "../random-bytes.ts";
import { Bench } from "../bench.ts";
import type { Scenario } from "../scenario.ts";

/** A backend ends quietly, and what it stored stays. */
export function closing(): readonly Scenario[] {
  return [
    {
      name: "closing twice is no error, at once or one after the other",
      run: async (bench) => {
        await bench.put("close/object", randomBytes(10, 1));
        await Promise.all([bench.backend.close(), bench.backend.close()]);
        await bench.backend.close();
      },
    },
    {
      name: "a backend that was never used can be closed",
      run: async (bench) => {
        await bench.backend.close();
      },
    },
    {
      name: "objects outlive the client that stored them",
      run: async (bench) => {
        await bench.put("close/object", randomBytes(70_000, 1));
        await bench.backend.close();
        const later = await bench.anotherClient();
        const reopened = new Bench({ ...bench.store, backend: later }, bench.harness);
        await reopened.assertHolds("close/object", randomBytes(70_000, 1));
      },
    },
  ];
}
