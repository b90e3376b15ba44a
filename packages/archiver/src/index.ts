export * from "./archive/archive.ts";
export * from "./archive/archive-lock.ts";
export * from "./archive/create-archive.ts";
export * from "./archive/object-keys.ts";
export * from "./run/back-up.ts";
export type { RunFigures } from "./run/run-report.ts";
export * from "./settings/index.ts";
