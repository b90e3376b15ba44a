export { encodeDeletedName } from "./deleted-list.ts";
export { encodeManifestHeader, encodeManifestLine } from "./encode-line.ts";
export { formatIsoTime, parseIsoTime } from "./iso-time.ts";
export * from "./manifest-line.ts";
export { ManifestReader, type ManifestSink } from "./manifest-reader.ts";
export { partPath } from "./part-path.ts";
