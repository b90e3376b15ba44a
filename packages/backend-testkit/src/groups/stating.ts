import assert from "node:assert/strict";

import { objectKey } from "@coldstow/contracts";

import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";

/** `stat` tells what is there, and undefined only of what is not. */
export function stating(): readonly Scenario[] {
  return [
    {
      name: "stat tells an object's key, size and time",
      run: async (bench) => {
        const key = objectKey("stat/object");
        const put = await bench.put(key, randomBytes(4321, 1));
        const info = await bench.backend.stat(key);
        assert.equal(info?.key, key);
        assert.equal(info.sizeBytes, 4321);
        for (const { modifiedAt } of [put, info]) {
          if (modifiedAt === undefined) continue;
          assert.match(modifiedAt, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/);
          assert.ok(!Number.isNaN(Date.parse(modifiedAt)), modifiedAt);
        }
      },
    },
    {
      name: "stat is undefined in an empty store",
      run: async (bench) => {
        assert.equal(await bench.backend.stat(objectKey("a")), undefined);
        assert.equal(await bench.backend.stat(objectKey("a/b/c")), undefined);
      },
    },
    {
      name: "stat is undefined for neighbours, parents and children of an object",
      run: async (bench) => {
        await bench.put("stat/folder/object", randomBytes(10, 1));
        const absent = ["stat", "stat/folder", "stat/folder/object/child", "stat/folder/objec"];
        for (const key of [...absent, "stat/folder/object2", "stat/folder2/object"]) {
          assert.equal(await bench.backend.stat(objectKey(key)), undefined, key);
        }
        await bench.assertAbsent("stat/folder");
        await bench.assertAbsent("stat/folder/object/child");
      },
    },
    {
      name: "stat is undefined after the object was deleted",
      run: async (bench) => {
        await bench.put("stat/object", randomBytes(10, 1));
        await bench.backend.delete(objectKey("stat/object"));
        await bench.assertAbsent("stat/object");
      },
    },
  ];
}
