export { localBackend, type LocalBackendOptions } from "./backend.ts";
export { parseSettings, type LocalConfig } from "./config.ts";
export { plugin } from "./plugin.ts";
