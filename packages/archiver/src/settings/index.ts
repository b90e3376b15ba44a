export * from "./absolute-paths.ts";
export * from "./archive-settings.ts";
export { changeSetting, findSettingName, type SettingName } from "./change-setting.ts";
export * from "./exclude-filter.ts";
export * from "./ini-document.ts";
export * from "./init-template.ts";
export {
  type BackendSpecs,
  destinationSection,
  knownSections,
  schemeOfSection,
  specsOfSection,
  type SectionSpec,
} from "./known-settings.ts";
export { nearestName } from "./nearest-name.ts";
export { parseIni } from "./parse-ini.ts";
export { pythonRegex } from "./python-regex.ts";
export * from "./read-settings.ts";
export * from "./resolve-destination.ts";
export { resolveSecret, type SecretPorts, systemSecrets } from "./resolve-secret.ts";
export { isSecretKey, type SecretSource } from "./secret-source.ts";
export { withoutSecrets } from "./without-secrets.ts";
