import assert from "node:assert/strict";

import { objectKey } from "@coldstow/contracts";

import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";

/** `delete` removes one object, and may be repeated. */
export function deleting(): readonly Scenario[] {
  return [
    {
      name: "a deleted object is gone for this client and another",
      run: async (bench) => {
        const key = objectKey("delete/object");
        await bench.put(key, randomBytes(1000, 1));
        await bench.backend.delete(key);
        await bench.assertAbsent(key);
        const other = await bench.anotherClient();
        assert.equal(await other.stat(key), undefined);
      },
    },
    {
      name: "deleting twice, or what never was there, is no error",
      run: async (bench) => {
        await bench.backend.delete(objectKey("delete/never"));
        await bench.backend.delete(objectKey("never/was/there"));
        await bench.put("delete/object", randomBytes(1000, 1));
        await bench.backend.delete(objectKey("delete/object"));
        await bench.backend.delete(objectKey("delete/object"));
        await bench.assertAbsent("delete/object");
      },
    },
    {
      name: "deleting leaves every other object, also those whose keys begin alike",
      run: async (bench) => {
        const kept = ["delete/object1", "delete/objec", "delete/object.age", "deleted", "other/x"];
        for (const [index, key] of kept.entries()) await bench.put(key, randomBytes(50, index));
        await bench.put("delete/object", randomBytes(50, 99));
        await bench.backend.delete(objectKey("delete/object"));
        for (const [index, key] of kept.entries()) {
          await bench.assertHolds(key, randomBytes(50, index));
        }
        assert.equal((await bench.listed("")).size, kept.length);
      },
    },
    {
      name: "deleting the name of a folder leaves the objects in it",
      run: async (bench) => {
        await bench.put("delete/folder/object", randomBytes(50, 1));
        await bench.backend.delete(objectKey("delete/folder"));
        await bench.backend.delete(objectKey("delete"));
        await bench.assertHolds("delete/folder/object", randomBytes(50, 1));
      },
    },
    {
      name: "the last object of a folder can be deleted while others are put beside it",
      run: async (bench) => {
        for (let round = 0; round < 40; round += 1) {
          const [gone, kept] = [`delete/round/a${round}`, `delete/round/b${round}`];
          await bench.put(gone, randomBytes(20, round));
          await Promise.all([
            bench.backend.delete(objectKey(gone)),
            bench.put(kept, randomBytes(30, round)),
          ]);
          await bench.assertAbsent(gone);
          await bench.assertHolds(kept, randomBytes(30, round));
          await bench.backend.delete(objectKey(kept));
        }
      },
    },
  ];
}
