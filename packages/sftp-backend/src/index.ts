export { sftpBackend } from "./backend.ts";
export type { SftpConfig } from "./config.ts";
export { gatewayDialect, openSshDialect, type SftpDialect } from "./dialect.ts";
export { parseSettings } from "./parse-settings.ts";
export { plugin } from "./plugin.ts";
export { settings } from "./settings.ts";
