export { copiesReport, type CopiesReport } from "./copies-report.ts";
export { destinationsToCome } from "./destinations-to-come.ts";
export { type CopiesPolicy, keptPolicy } from "./kept-policy.ts";
export type { Losses, PlaceLoss } from "./place-loss.ts";
