export { parseSettings, type Credentials, type S3Config } from "./config.ts";
export { plugin } from "./plugin.ts";
export type { Checksum, Profile, ProfileName } from "./profiles.ts";
