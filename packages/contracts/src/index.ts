export * from "./coldstow-error.ts";
export * from "./error-table.ts";
export * from "./object-key.ts";
export * from "./path-name.ts";
export * from "./plugin.ts";
export * from "./progress.ts";
export * from "./storage.ts";
export * from "./system-error.ts";
