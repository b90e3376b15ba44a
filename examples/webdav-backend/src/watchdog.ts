import { ColdstowError } from "@coldstow/contracts";

/** A signal that also fires when nothing has happened for too long. */
export interface Watchdog {
  readonly signal: AbortSignal;
  /** Something happened. */
  alive(): void;
  /** The work is over. */
  end(): void;
}

/** Watches over one request. Its signal fires with `E_TIMEOUT`, or with the caller's reason. */
export function watchdog(silenceMs: number, signal: AbortSignal | undefined): Watchdog {
  const silence = new AbortController();
  const timer = setTimeout(() => {
    silence.abort(
      new ColdstowError("E_TIMEOUT", `the server was silent for ${silenceMs / 1000} seconds`),
    );
  }, silenceMs);
  return {
    signal: signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]),
    alive: () => void timer.refresh(),
    end: () => clearTimeout(timer),
  };
}
