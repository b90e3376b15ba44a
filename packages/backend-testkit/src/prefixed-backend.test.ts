import { ColdstowError, bytesSource, objectKey, recoveryNoteKey } from "@coldstow/contracts";
import { describe, expect, test } from "vitest";

import { conformance } from "./conformance.ts";
import { memoryBackend, MemoryStore } from "./memory-backend.ts";
import { prefixed } from "./prefixed-backend.ts";

describe("a prefixed backend", () => {
  conformance({
    test,
    describe,
    open: async () => {
      const store = new MemoryStore();
      store.objects.set(objectKey("other"), { bytes: new Uint8Array(1), modifiedAt: "" });
      return {
        backend: prefixed(memoryBackend({ store }), "below/this/"),
        reopen: async () => prefixed(memoryBackend({ store }), "below/this/"),
        breakStore: async () => {
          store.broken = new ColdstowError("E_IO", "the store cannot answer");
        },
        cleanup: async () => {
          store.broken = undefined;
          if (!store.objects.delete(objectKey("other")))
            throw new Error("it touched another object");
        },
      };
    },
    expect: { capabilities: { rangeRead: true }, cold: false, staged: false },
    longestKeyBytes: 512 - "below/this/".length,
  });

  test("finds the recovery note by the beginning of its name, and by no other", async () => {
    const backend = prefixed(memoryBackend(), "below/");
    await backend.put(recoveryNoteKey, bytesSource(new Uint8Array(3)));
    const listed = async (prefix: string): Promise<string[]> => {
      const keys: string[] = [];
      for await (const { key } of backend.list(prefix)) keys.push(key);
      return keys;
    };
    expect(await listed("README-")).toEqual([recoveryNoteKey]);
    expect(await listed("")).toEqual([recoveryNoteKey]);
    expect(await listed("r")).toEqual([]);
  });

  test.each(["below", "/", "../", "Below/", ""])("cannot have the prefix %j", (prefix) => {
    expect(() => prefixed(memoryBackend(), prefix)).toThrow(
      expect.objectContaining({ code: "E_BAD_KEY" }),
    );
  });
});
