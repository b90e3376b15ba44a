export { deleteArchive } from "./delete-archive.ts";
export * from "./deletion.ts";
