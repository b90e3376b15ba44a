export * from "./body-source.ts";
export * from "./cancellation.ts";
export * from "./checked-body.ts";
export * from "./coldstow-error.ts";
export * from "./error-table.ts";
export * from "./object-key.ts";
export * from "./path-name.ts";
export * from "./plugin.ts";
export * from "./progress.ts";
export * from "./read-only.ts";
export * from "./storage.ts";
export * from "./system-error.ts";
export * from "./throttled.ts";
export {
  retryCounter,
  retrying,
  type RetryCounter,
  type RetryNotice,
  type RetryOptions,
} from "./retry-policy.ts";
export * from "./with-retry.ts";
