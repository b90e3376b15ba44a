export { fromBase64, fromHex, toBase64, toHex } from "./bytes-text.ts";
export { Catalogue } from "./catalogue.ts";
export type { CatalogueCopy } from "./catalogue-copies.ts";
export {
  contentByDigest,
  contentWith,
  learnSha256,
  type ContentDigests,
} from "./content-digests.ts";
export type {
  Copy,
  CopyListOptions,
  CopyResult,
  CopyState,
  Verification,
  VerificationLevel,
} from "./copies.ts";
export type { Destination, NewDestination } from "./destinations.ts";
export type { DiffCursor, Difference, DiffOptions } from "./diff.ts";
export type { SqlDriver, SqlRow, SqlStatement, SqlValue } from "./driver.ts";
export type { CatalogueEntry, EntryKind } from "./entry.ts";
export type { FindOptions } from "./find.ts";
export type { IntegrityFinding } from "./integrity.ts";
export type { ListOptions } from "./list.ts";
export { getMeta, setMeta, writeMeta, type Meta, type MetaKey } from "./meta.ts";
export { migrate, type Migration } from "./migrations.ts";
export type { OdarchiveExportOptions } from "./odarchive/export-odarchive.ts";
export type { OdarchiveImport, OdarchiveImportOptions } from "./odarchive/import-odarchive.ts";
export { longestCatalogueJson } from "./odarchive/odarchive-shape.ts";
export type { NewCatalogue } from "./open-catalogue.ts";
export type { Pack, PackListOptions, PackTotals } from "./packs.ts";
export type { Page } from "./page.ts";
export {
  directoryId,
  directoryPath,
  DirectoryPaths,
  ensureDirectory,
  joinPath,
  rootDirectory,
  splitPath,
} from "./path-tree.ts";
export type { JobPack, JobPackChange, JobPackOptions, JobPackState } from "./restore-job-packs.ts";
export type { JobPackGroup, NewRestoreJob, RestoreJob, RestoreJobState } from "./restore-jobs.ts";
export type { Run, RunState } from "./runs.ts";
export { applicationId, schema, schemaVersion } from "./schema.ts";
export type { SelectionOptions } from "./selection/fill-entries.ts";
export type { PackWork, WorkCursor, WorkOptions } from "./selection/pack-work.ts";
export {
  Selection,
  type DirectoryCursor,
  type NeededPack,
  type PageOptions,
  type SelectedDirectory,
  type SelectionTotals,
} from "./selection/selection.ts";
export { fromSqlError } from "./sql-error.ts";
export { nowNs, nsColumn, nsFrom, nsOrNull, nsToIso } from "./time-ns.ts";
export type { Totals } from "./totals.ts";
