export { cancelThaw, type CancelledJob } from "./cancel-thaw.ts";
export { systemClock, type Clock } from "./clock.ts";
export { openRestores, type OpenRestore } from "./open-jobs.ts";
export {
  thawArchive,
  type ThawArchiveOptions,
  type ThawOptions,
  thawPacks,
  type ThawResult,
} from "./thaw-archive.ts";
export type { Budget, ThawChoices } from "./thaw-choices.ts";
export { costOfPlan, type ThawPlanPart } from "./thaw-plan.ts";
