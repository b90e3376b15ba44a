import assert from "node:assert/strict";

import { isColdstowError } from "@coldstow/contracts";

import type { Bench } from "../bench.ts";
import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";

const neighbours: readonly string[] = (
  "a ab abc/d abc/de abd/e/f b packs/r000001/p1 packs/r000001/p2 packs/r000010/p1 packs.txt " +
  "packs-2/x packs/r00000/p1 identity.age"
).split(" ");
const prefixes: readonly string[] = [
  "",
  ...(
    "a ab abc abc/ abc/d abd/e/ packs packs/ packs/r00000 packs/r000001 packs/r000001/ " +
    "packs/r000001/p1 packs/r000001/p11 zzz identity.age identity.age/ abd/e/f/g"
  ).split(" "),
];

async function fill(bench: Bench, keys: readonly string[]): Promise<void> {
  const waiting = keys.entries();
  const writers = Math.min(bench.backend.capabilities.maxConcurrent, 16);
  const write = async (): Promise<void> => {
    for (const [index, key] of waiting) await bench.put(key, randomBytes(index % 50, index));
  };
  await Promise.all(Array.from({ length: writers }, write));
}

async function assertListed(bench: Bench, prefix: string, keys: readonly string[]): Promise<void> {
  const listed = await bench.listed(prefix);
  const wanted = keys.filter((key) => key.startsWith(prefix));
  assert.deepEqual(
    [...listed.keys()].toSorted(),
    wanted.toSorted(),
    `list(${JSON.stringify(prefix)}) is not complete or shows too much`,
  );
  for (const [key, sizeBytes] of listed) {
    assert.equal(sizeBytes, keys.indexOf(key) % 50, `list tells a wrong size of ${key}`);
  }
}

/** `list` yields every object under the prefix once, and nothing else. */
export function listing(): readonly Scenario[] {
  return [
    {
      name: "an empty store lists nothing, under any prefix",
      run: async (bench) => {
        for (const prefix of ["", "a", "packs/", "packs/r000001/p"]) {
          assert.equal((await bench.listed(prefix)).size, 0);
        }
      },
    },
    {
      name: "a long listing is complete, page after page, in one folder",
      run: async (bench) => {
        const keys = Array.from(
          { length: bench.listedObjects },
          (_, index) => `many/p${String(index).padStart(6, "0")}`,
        );
        await fill(bench, keys);
        for (const prefix of ["", "many/", "many/p0000", "many/p000001", "many/q"]) {
          await assertListed(bench, prefix, keys);
        }
      },
    },
    {
      name: "a prefix need not end where a folder does",
      run: async (bench) => {
        await fill(bench, neighbours);
        for (const prefix of prefixes) await assertListed(bench, prefix, neighbours);
      },
    },
    {
      name: "a prefix with which no key can begin shows nothing",
      run: async (bench) => {
        await fill(bench, ["a/b", "c"]);
        for (const prefix of ["../", "/", "./", "a//", "A", "a/../", "\0", "*", "%"]) {
          try {
            assert.equal((await bench.listed(prefix)).size, 0, `list(${JSON.stringify(prefix)})`);
          } catch (error) {
            if (!isColdstowError(error)) throw error;
            assert.equal(error.code, "E_BAD_KEY");
          }
        }
      },
    },
    {
      name: "a listing that its reader leaves midway harms nothing",
      run: async (bench) => {
        const keys = Array.from({ length: 60 }, (_, index) => `left/p${index}`);
        await fill(bench, keys);
        for (let round = 0; round < 20; round += 1) {
          for await (const info of bench.backend.list("left/")) {
            if (info.key.length > 0) break;
          }
        }
        await assertListed(bench, "left/", keys);
      },
    },
  ];
}
