export {
  convertPyArchive,
  pyConversionSteps,
  type SealingKeys,
  type PyConversion,
  type PyConversionOptions,
  type PyConversionStep,
} from "./convert-py-archive.ts";
export { extractPyTars, type ExtractPyTarsOptions, type PyExtraction } from "./extract-py-tars.ts";
export type { PyFigures } from "./fill-catalogue.ts";
export type { IndexFigures } from "./apply-index.ts";
export { indexPyArchive, type IndexPyArchiveOptions, type PyIndex } from "./index-py-archive.ts";
export { legacySelection } from "./legacy-selection.ts";
export { localLegacyStore, type LegacyStore } from "./legacy-store.ts";
export { pyRoots } from "./py-roots.ts";
export type { PySender } from "./py-sender.ts";
export { readPyArchive, type PyArchive } from "./read-py-archive.ts";
export { safeTreeWriter } from "./safe-tree-writer.ts";
export type { PyFile } from "./state-json.ts";
export { compareTarNames, isCiphered, tarNameOf } from "./tar-name.ts";
export type { TreeWriter, WriteOutcome, WrittenFile } from "./tree-writer.ts";
export {
  walkPyTars,
  type PyMember,
  type PyTarProblem,
  type PyTarVisitor,
  type TarState,
  type WalkPyTarsOptions,
} from "./walk-py-tars.ts";
