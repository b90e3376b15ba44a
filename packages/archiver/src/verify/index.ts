export * from "./verification.ts";
export { verifyArchive } from "./verify-archive.ts";
