export { destinationTariff, isOwnPlace } from "./destination-tariff.ts";
export { keepingCost, leastKeepingCost, type StoredObjects, uploadCost } from "./keeping-cost.ts";
export * from "./money.ts";
export { parseTariff } from "./parse-tariff.ts";
export * from "./read-tariffs.ts";
export * from "./retrieval-cost.ts";
export * from "./tariff.ts";
