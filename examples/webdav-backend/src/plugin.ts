import { throwIfCancelled, type BackendPlugin } from "@coldstow/contracts";

import { parseSettings, settings } from "./config.ts";

/** What package.json names under `coldstow.backends.webdav.module`. */
export const plugin: BackendPlugin = {
  scheme: "webdav",
  title: "A WebDAV server",
  settings,

  async open(given, context) {
    throwIfCancelled(context.signal);
    const config = parseSettings(given);
    // The library takes a while to load, and most commands only want to know the settings.
    const { webdavBackend } = await import("./backend.ts");
    return webdavBackend(config);
  },

  describe(given) {
    const { url } = parseSettings(given);
    return `the WebDAV folder ${url}`;
  },
};
