import { describe, expect, test } from "vitest";

import { backend, body, collect, info, key, staged, terms } from "../testing/canned-backend.ts";
import { bytesSource } from "./body-source.ts";
import { readOnly } from "./read-only.ts";

describe("readOnly", () => {
  test("refuses every write, also of staged files, and passes every reading", async () => {
    const calls: string[] = [];
    const cold = { terms, requestThaw: async () => [], thawState: async () => [] };
    const inner = backend({ staged: staged(calls), cold });
    const only = readOnly(inner);
    const refused = { code: "E_READ_ONLY" };
    await expect(only.put(key, bytesSource(body))).rejects.toMatchObject(refused);
    await expect(only.delete(key)).rejects.toMatchObject(refused);
    await expect(only.staged?.stage(key)).rejects.toMatchObject(refused);
    await expect(only.staged?.publish(key, "/x")).rejects.toMatchObject(refused);
    await expect(only.staged?.discard("/x")).rejects.toMatchObject(refused);
    await expect(only.staged?.sweep(key)).rejects.toMatchObject(refused);
    expect(calls).toEqual([]);
    expect(only.staged?.pathOf(key)).toBe("/object");
    expect(await only.stat(key)).toEqual(info);
    expect(Buffer.concat(await collect(only.get(key)))).toEqual(Buffer.from(body));
    expect(await collect(only.list(""))).toEqual([info]);
    expect(only.cold).toBe(cold);
    await only.close();
  });

  test("still refuses a bad key first", async () => {
    const bad = "../a" as typeof key;
    await expect(readOnly(backend({})).delete(bad)).rejects.toMatchObject({ code: "E_BAD_KEY" });
  });
});
