import assert from "node:assert/strict";
import { open, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import {
  isColdstowError,
  objectKey,
  type ObjectKey,
  type StagedStorage,
} from "@coldstow/contracts";

import { assertCode } from "../assert-error.ts";
import type { Bench } from "../bench.ts";
import type { Expectations } from "../harness.ts";
import { hostileKeys } from "../hostile-keys.ts";
import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";

const key = objectKey("staged/r1/object");

function stagedOf({ backend }: Bench): StagedStorage {
  assert.ok(backend.staged, "the backend has no staged files");
  return backend.staged;
}

async function write(path: string, bytes: Uint8Array): Promise<string> {
  const file = await open(path, "wx");
  await file.write(bytes);
  await file.sync();
  await file.close();
  return path;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

const withStaged: readonly Scenario[] = [
  {
    name: "a staged file is invisible until it is published, then it is the object",
    run: async (bench) => {
      const staged = stagedOf(bench);
      const path = await staged.stage(key);
      assert.ok(!(await exists(path)), "something is at the staged path already");
      assert.ok((await stat(dirname(path))).isDirectory());
      const bytes = randomBytes(200_000, 1);
      await write(path, bytes);
      await bench.assertAbsent(key);
      assert.equal((await bench.listed("")).size, 0, "the staged file is listed");
      const info = await staged.publish(key, path);
      assert.equal(info.sizeBytes, bytes.length);
      assert.equal(info.key, key);
      await bench.assertHolds(key, bytes);
      assert.ok(!(await exists(path)), "the staged file is still there");
      assert.ok(Buffer.compare(await readFile(staged.pathOf(key)), bytes) === 0);
    },
  },
  {
    name: "publishing replaces the object that is there",
    run: async (bench) => {
      const staged = stagedOf(bench);
      await bench.put(key, randomBytes(10, 1));
      await staged.publish(key, await write(await staged.stage(key), randomBytes(20, 2)));
      await bench.assertHolds(key, randomBytes(20, 2));
    },
  },
  {
    name: "publishing with ifAbsent leaves the object and the staged file where they are",
    run: async (bench) => {
      const staged = stagedOf(bench);
      await bench.put(key, randomBytes(10, 1));
      const path = await write(await staged.stage(key), randomBytes(20, 2));
      const publish = (): Promise<unknown> => staged.publish(key, path, { ifAbsent: true });
      await assertCode(publish, ["E_EXISTS"], "publish");
      await bench.assertHolds(key, randomBytes(10, 1));
      assert.ok(Buffer.compare(await readFile(path), randomBytes(20, 2)) === 0);
      await staged.discard(path);
    },
  },
  {
    name: "of several that publish with ifAbsent at once exactly one wins",
    run: async (bench) => {
      const staged = stagedOf(bench);
      const bodies = [0, 1, 2, 3].map((writer) => randomBytes(1000 + writer, writer));
      const paths = await Promise.all(
        bodies.map(async (body) => await write(await staged.stage(key), body)),
      );
      assert.equal(new Set(paths).size, paths.length, "two staged files have one path");
      const answers = await Promise.allSettled(
        paths.map((path) => staged.publish(key, path, { ifAbsent: true })),
      );
      const winners = bodies.filter((_, writer) => answers[writer]?.status === "fulfilled");
      assert.equal(winners.length, 1, `${winners.length} won`);
      for (const answer of answers) {
        if (answer.status === "fulfilled") continue;
        assert.ok(isColdstowError(answer.reason) && answer.reason.code === "E_EXISTS");
      }
      for (const winner of winners) await bench.assertHolds(key, winner);
    },
  },
  {
    name: "a discarded file is gone, and discarding again is no error",
    run: async (bench) => {
      const staged = stagedOf(bench);
      const path = await write(await staged.stage(key), randomBytes(20, 2));
      await staged.discard(path);
      assert.ok(!(await exists(path)));
      await staged.discard(path);
      await staged.discard(await staged.stage(key));
      await bench.assertAbsent(key);
    },
  },
  {
    name: "sweeping a key removes its staged files, and nothing else",
    run: async (bench) => {
      const staged = stagedOf(bench);
      await staged.sweep(objectKey("never/was/there"));
      await bench.put(key, randomBytes(10, 1));
      const lost = [await staged.stage(key), await staged.stage(key)];
      for (const path of lost) await write(path, randomBytes(20, 2));
      const near = objectKey(`${key}.age`);
      const kept = await write(await staged.stage(near), randomBytes(30, 3));
      await staged.sweep(key);
      for (const path of lost) assert.ok(!(await exists(path)), `${path} is still there`);
      assert.ok(await exists(kept), "a staged file of another key was removed");
      await bench.assertHolds(key, randomBytes(10, 1));
      await staged.sweep(key);
      await staged.publish(near, kept);
      await bench.assertHolds(near, randomBytes(30, 3));
    },
  },
  {
    name: "a cancelled publish leaves the staged file, and no object",
    run: async (bench) => {
      const staged = stagedOf(bench);
      const path = await write(await staged.stage(key), randomBytes(20, 2));
      const signal = AbortSignal.abort();
      await assertCode(() => staged.publish(key, path, { signal }), ["E_CANCELLED"], "publish");
      await bench.assertAbsent(key);
      assert.ok(await exists(path));
    },
  },
  {
    name: "a file that was not staged is neither published nor discarded",
    run: async (bench) => {
      const staged = stagedOf(bench);
      await bench.put(key, randomBytes(10, 1));
      const own = staged.pathOf(key);
      const stray = await write(join(dirname(own), "..", "stray.bin"), randomBytes(5, 5));
      for (const path of [own, stray]) {
        await assertCode(() => staged.publish(objectKey("x"), path), ["E_USAGE"], "publish");
        await assertCode(() => staged.discard(path), ["E_USAGE"], "discard");
        assert.ok(await exists(path));
      }
    },
  },
  {
    name: "names that are no keys are refused",
    run: async (bench) => {
      const staged = stagedOf(bench);
      const path = await write(await staged.stage(key), randomBytes(20, 2));
      for (const hostile of hostileKeys as readonly ObjectKey[]) {
        await assertCode(() => staged.stage(hostile), ["E_BAD_KEY"], "stage");
        await assertCode(() => staged.publish(hostile, path), ["E_BAD_KEY"], "publish");
        await assertCode(() => staged.sweep(hostile), ["E_BAD_KEY"], "sweep");
        await assertCode(async () => staged.pathOf(hostile), ["E_BAD_KEY"], "pathOf");
      }
      assert.ok(await exists(path));
    },
  },
];

/** Files that a worker writes itself and then makes objects. */
export function stagedFiles({ staged }: Expectations): readonly Scenario[] {
  if (staged) return withStaged;
  return [
    {
      name: "the backend has no staged files, as expected",
      run: async ({ backend }) => assert.equal(backend.staged, undefined),
    },
  ];
}
