#!/usr/bin/env node
// Nothing but Node's own is imported before the version is known: older ones cannot parse the rest.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `coldstow needs Node 24.15 or newer; this is Node ${process.versions.node} (${process.execPath}).\n`,
  );
  process.exitCode = 2;
} else {
  const [{ enableCompileCache, flushCompileCache }, { homedir }, path, { setFlagsFromString }] =
    await Promise.all([
      import("node:module"),
      import("node:os"),
      import("node:path"),
      import("node:v8"),
    ]);
  // Most of what a run allocates is garbage at once: a small young generation keeps memory flat.
  setFlagsFromString("--semi-space-growth-factor=1");
  // Not Node's default, a folder in /tmp that another user could have made.
  const caches =
    process.env.XDG_CACHE_HOME || process.env.LOCALAPPDATA || path.join(homedir(), ".cache");
  enableCompileCache(path.join(caches, "coldstow", "compiled"));
  // Node tidies up at its end and may wait for ever, at full speed, for a request to a dead network.
  process.once("beforeExit", () => {
    flushCompileCache();
    process.exit();
  });
  const { main } = await import("../dist/main.js");
  await main(process.argv.slice(2));
}
