export { type ArchiveEstimate, estimateArchive, type EstimateOptions } from "./estimate-archive.ts";
export {
  estimateStart,
  type PlaceStart,
  type StartEstimate,
  type WayPrices,
} from "./estimate-start.ts";
export type { KeepingPrices, PlaceKeeping } from "./keeping.ts";
export type { PricedPlace } from "./priced-place.ts";
export type { CheapestPart, PlaceRetrieval, Restoring } from "./restoring.ts";
export { type AskingOptions, defaultThawDays, type RetrievalOption } from "./retrieval-options.ts";
