import assert from "node:assert/strict";

import { isColdstowError, type ColdstowError, type ErrorCode } from "@coldstow/contracts";

/** The error with which the call ends; it fails if the call succeeds or throws anything uncoded. */
export async function coldstowErrorOf(
  call: () => Promise<unknown>,
  what: string,
): Promise<ColdstowError> {
  try {
    await call();
  } catch (error) {
    assert.ok(
      isColdstowError(error),
      `${what} threw ${String(error)}, which has no code of the error table`,
    );
    return error;
  }
  throw new assert.AssertionError({ message: `${what} succeeded` });
}

/** Fails unless the call ends with an error of one of the codes. */
export async function assertCode(
  call: () => Promise<unknown>,
  codes: readonly ErrorCode[],
  what: string,
): Promise<void> {
  const { code, message } = await coldstowErrorOf(call, what);
  assert.ok(
    codes.includes(code),
    `${what} ended with ${code} (${message}), not with ${codes.join(" or ")}`,
  );
}
