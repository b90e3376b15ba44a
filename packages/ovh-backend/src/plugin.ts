import { displayPath, throwIfCancelled, type BackendPlugin } from "@coldstow/contracts";

import { parseSettings } from "./config.ts";
import { openGateway } from "./gateway.ts";
import { settings } from "./settings.ts";
import { SwiftBackend } from "./swift-backend.ts";

/** The backend `ovh`: OVH Public Cloud Archive, or any other OpenStack Swift. */
export const plugin: BackendPlugin = {
  scheme: "ovh",
  title: "OVH Public Cloud Archive",
  settings,

  async open(given, context) {
    throwIfCancelled(context.signal);
    const config = parseSettings(given);
    if (config.transport === "sftp") return await openGateway(config, context);
    const backend = new SwiftBackend(config);
    try {
      await backend.check();
    } catch (error) {
      await backend.close();
      throw error;
    }
    return backend;
  },

  describe(given) {
    const [container = "", region = ""] = [given["container"]?.trim(), given["region"]?.trim()];
    if (container === "") return "an OVH container that is not named yet";
    const where = region === "" ? "" : ` in ${displayPath(region.toUpperCase())}`;
    return `the OVH container ${displayPath(container)}${where}`;
  },
};
