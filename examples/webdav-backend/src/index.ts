export { webdavBackend } from "./backend.ts";
export { parseSettings, type WebdavConfig } from "./config.ts";
export { plugin } from "./plugin.ts";
