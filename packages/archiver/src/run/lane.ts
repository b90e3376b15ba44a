import type { ErrorCode } from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import { DestinationGate } from "./destination-gate.ts";
import { Slots } from "./slots.ts";

/** More uploads at once make no line faster, and each holds a pack. */
const maxAtOnce = 4;

/** One destination during a run: its gate, and how much is under way there. */
export interface Lane {
  readonly destination: OpenDestination;
  readonly gate: DestinationGate;
  readonly slots: Slots;
  /** Slots are taken in this order by who needs those of two lanes, so that nobody waits in a circle. */
  readonly index: number;
}

export type Tell = (message: string, code?: ErrorCode) => void;

/** A lane for each destination. */
export function lanesOf(
  destinations: readonly OpenDestination[],
  tell: Tell,
  now?: () => number,
): readonly Lane[] {
  const isOnly = destinations.length === 1;
  return destinations.map((destination, index) => ({
    destination,
    gate: new DestinationGate(destination, { isOnly, tell, ...(now && { now }) }),
    slots: new Slots(Math.min(maxAtOnce, destination.backend.capabilities.maxConcurrent)),
    index,
  }));
}

/** Waits for a slot at each of the lanes. */
export async function withSlots<T>(lanes: readonly Lane[], work: () => Promise<T>): Promise<T> {
  const [first, ...others] = lanes.toSorted((a, b) => a.index - b.index);
  if (first === undefined) return work();
  return first.slots.use(async () => withSlots(others, work));
}
