import { ColdstowError, type ErrorCode } from "@coldstow/contracts";
import { describe, expect, it } from "vitest";
import { DestinationGate, probeAfterMs } from "./destination-gate.ts";

interface Told {
  readonly gate: DestinationGate;
  readonly told: string[];
  readonly clock: { now: number };
}

function gateOf(isOnly = false): Told {
  const told: string[] = [];
  const clock = { now: 0 };
  const tell = (message: string): void => {
    told.push(message);
  };
  const gate = new DestinationGate({ title: "nas" }, { isOnly, tell, now: () => clock.now });
  return { gate, told, clock };
}

async function failing(gate: DestinationGate, code: ErrorCode, retryAt?: string): Promise<boolean> {
  let asked = false;
  const work = async (): Promise<never> => {
    asked = true;
    throw new ColdstowError(code, `it said ${code}`, retryAt === undefined ? {} : { retryAt });
  };
  await expect(gate.use(work)).rejects.toMatchObject({ code });
  return asked;
}

describe("a destination that fails", () => {
  it.each([
    "E_AUTH",
    "E_NO_SPACE",
    "E_READ_ONLY",
    "E_NO_CONTAINER",
    "E_STORAGE_CLASS",
    "E_HOST_KEY",
  ] as const)("with %s is told once and asked for nothing more in this run", async (code) => {
    const { gate, told, clock } = gateOf();
    expect(await failing(gate, code)).toBe(true);
    clock.now += 100 * probeAfterMs;
    expect(await failing(gate, code)).toBe(false);
    gate.tellFailure("did not take a pack", new Error("x"), "");
    expect(told).toEqual([
      `nas is set aside for the rest of this run: it said ${code}. What it lacks then, the next run stores there.`,
    ]);
  });

  it("for now is tried again by one call some minutes later, and goes on if that succeeds", async () => {
    const { gate, told, clock } = gateOf();
    await failing(gate, "E_TEMPORARY");
    clock.now += probeAfterMs - 1;
    expect(await failing(gate, "E_TEMPORARY")).toBe(false);
    clock.now += 1;
    const held = Promise.withResolvers<string>();
    const probe = gate.use(async () => held.promise);
    expect(await failing(gate, "E_TEMPORARY")).toBe(false);
    held.resolve("there");
    expect(await probe).toBe("there");
    expect(gate.isShut).toBe(false);
    expect(told.map((message) => message.slice(0, 25))).toEqual([
      "nas is set aside for now:",
      "nas answers again.",
    ]);
  });

  it("again when it is tried is not told a second time", async () => {
    const { gate, told, clock } = gateOf();
    await failing(gate, "E_TIMEOUT");
    clock.now += probeAfterMs;
    expect(await failing(gate, "E_TIMEOUT")).toBe(true);
    expect(await failing(gate, "E_TIMEOUT")).toBe(false);
    expect(told.length).toBe(1);
  });

  it("is left alone until the time that it names", async () => {
    const { gate, clock } = gateOf();
    await failing(gate, "E_THROTTLED", new Date(3 * probeAfterMs).toISOString());
    clock.now = 3 * probeAfterMs - 1;
    expect(gate.isShut).toBe(true);
    clock.now += 1;
    expect(gate.isShut).toBe(false);
  });

  it("is not taken back by what was under way before", async () => {
    const { gate, told } = gateOf();
    const held = Promise.withResolvers<void>();
    const slow = gate.use(async () => held.promise);
    await failing(gate, "E_NO_SPACE");
    held.resolve();
    await slow;
    expect(gate.isShut).toBe(true);
    expect(told.length).toBe(1);
  });

  it("is set aside for one object or another only after three in a row", async () => {
    const { gate } = gateOf();
    await failing(gate, "E_FIXITY");
    await failing(gate, "E_EXISTS");
    await gate.use(async () => undefined);
    await failing(gate, "E_FIXITY");
    await failing(gate, "E_FIXITY");
    expect(gate.isShut).toBe(false);
    await failing(gate, "E_FIXITY");
    expect(gate.isShut).toBe(true);
  });

  it("has no fault in a cancelled call, nor in another place's error", async () => {
    const { gate, told } = gateOf();
    await failing(gate, "E_CANCELLED");
    const source = new ColdstowError("E_AUTH", "the source said so");
    const copying = gate.use(
      async () => Promise.reject(source),
      (error) => error !== source,
    );
    await expect(copying).rejects.toBe(source);
    expect(gate.isShut).toBe(false);
    expect(told).toEqual([]);
  });

  it("is asked again and again where it is the only one", async () => {
    const { gate } = gateOf(true);
    expect(await failing(gate, "E_AUTH")).toBe(true);
    expect(await failing(gate, "E_AUTH")).toBe(true);
  });
});
