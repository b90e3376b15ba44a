/**
 * Where a worker's module lies beside the one that starts it.
 * @param base `import.meta.url` of the starter
 * @param name relative, without extension: sources run as TypeScript in tests, as JavaScript when built
 */
export function workerUrl(base: string, name: string): URL {
  return new URL(`${name}${base.endsWith(".ts") ? ".ts" : ".js"}`, base);
}
