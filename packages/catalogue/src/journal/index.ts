export type { ClosingItem } from "./closing.ts";
export type { ComparisonCounts } from "./comparison.ts";
export type {
  PackCopy,
  PackedMember,
  PackFormat,
  PackIntent,
  PackResult,
  PlannedPack,
} from "./packs.ts";
export type { FreshStat, PendingFile, PendingTotals, Settlement } from "./pending.ts";
export * from "./run-journal.ts";
export * from "./scanned.ts";
export type { KnownSlice, SlicedFile } from "./slices.ts";
