import { describe, expect, test } from "vitest";

import { checkBackend } from "./check-backend.ts";
import { conformance } from "./conformance.ts";
import { groups, type GroupName } from "./groups/index.ts";
import type { Harness } from "./harness.ts";
import { memoryBackend, MemoryStore } from "./memory-backend.ts";

function harness(more: Partial<Harness> = {}): Harness {
  return {
    expect: { capabilities: {}, cold: false, staged: false },
    open: async () => {
      const store = new MemoryStore();
      return {
        backend: memoryBackend({ store }),
        reopen: async () => memoryBackend({ store }),
        cleanup: async () => undefined,
      };
    },
    ...more,
  };
}

describe("a group that does not run", () => {
  test("is named in the report with the harness's reason", async () => {
    const leaveOut = { uncertainty: "a real account cannot be unplugged" };
    const { leftOut, failed } = await checkBackend(harness({ leaveOut }), { only: ["stating"] });
    expect(failed).toEqual([]);
    expect(leftOut).toContainEqual({
      group: "uncertainty",
      reason: "a real account cannot be unplugged",
    });
    expect(leftOut).toHaveLength(Object.keys(groups).length - 1);
  });

  test("is a test of its own whose name gives the reason", () => {
    const names: string[] = [];
    const plan = conformance({
      ...harness({ leaveOut: { listing: "it would cost money" } }),
      test: (name) => names.push(name),
    });
    expect(names).toContain("listing: LEFT OUT: it would cost money");
    expect(names.filter((name) => name.startsWith("listing: "))).toHaveLength(1);
    expect(names).toHaveLength(plan.scenarios + 1);
  });

  test("fails the harness where it gives no hook and no reason", async () => {
    const { failed, passed } = await checkBackend(harness(), { only: ["uncertainty"] });
    expect(passed).toBe(0);
    expect(String(failed[0]?.error)).toContain("leave the group `uncertainty` out and say why");
  });

  test("needs a reason and an existing name", async () => {
    await expect(checkBackend(harness({ leaveOut: { ranges: " " } }))).rejects.toThrow(
      "left out without a reason",
    );
    const unknown = { leaveOut: { rnages: "a slip" } as Partial<Record<GroupName, string>> };
    await expect(checkBackend(harness(unknown))).rejects.toThrow("no group rnages");
  });
});

test("a scenario that does not end fails when its time is over, and its store is cleaned up", async () => {
  let cleaned = 0;
  const open: Harness["open"] = async () => {
    const backend = memoryBackend();
    return {
      backend: Object.assign(backend, {
        stat: async () => await new Promise<never>(() => undefined),
      }),
      reopen: async () => backend,
      cleanup: async () => {
        cleaned += 1;
      },
    };
  };
  const { failed } = await checkBackend(harness({ open, timeoutMs: 20 }), { only: ["stating"] });
  expect(failed.length).toBeGreaterThan(0);
  for (const { error } of failed) expect(String(error)).toContain("did not end within 20 ms");
  expect(cleaned).toBe(groups.stating(harness().expect).length);
});

test("every result is told as it comes", async () => {
  const told: string[] = [];
  const { passed } = await checkBackend(harness(), {
    only: ["deleting", "closing"],
    onResult: ({ group }) => told.push(group),
  });
  expect(told).toHaveLength(passed);
  expect(new Set(told)).toEqual(new Set(["deleting", "closing"]));
});
