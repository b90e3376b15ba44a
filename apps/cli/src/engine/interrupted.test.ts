import { ColdstowError, isColdstowError } from "@coldstow/contracts";
import { describe, expect, it } from "vitest";
import { untilInterrupted } from "./interrupted.ts";

async function told(error: Error, isInterrupted = true): Promise<unknown> {
  const stop = new AbortController();
  const work = async (): Promise<never> => {
    if (isInterrupted) stop.abort();
    throw error;
  };
  try {
    return await untilInterrupted(stop.signal, "Go on: this", work);
  } catch (thrown) {
    return isColdstowError(thrown) ? [thrown.code, thrown.hint] : thrown;
  }
}

describe("a command that was interrupted", () => {
  it("names itself to go on, whatever the signal broke", async () => {
    const expected = ["E_CANCELLED", "Go on: this"];
    expect(await told(new ColdstowError("E_CANCELLED", "Interrupted."))).toEqual(expected);
    expect(await told(new Error("socket closed"))).toEqual(expected);
  });

  it("keeps what an error says of the state itself, and leaves other failures alone", async () => {
    const exact = new ColdstowError("E_CANCELLED", "x", { hint: "exact" });
    expect(await told(exact)).toEqual(["E_CANCELLED", "exact"]);
    const failure = new Error("disk");
    expect(await told(failure, false)).toBe(failure);
  });
});
