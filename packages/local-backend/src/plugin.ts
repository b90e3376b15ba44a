import { displayPath, throwIfCancelled, type BackendPlugin } from "@coldstow/contracts";

import { localBackend } from "./backend.ts";
import { parseSettings, settings } from "./config.ts";
import { rootExists } from "./object-path.ts";

/** The backend `local`: an archive in a folder. */
export const plugin: BackendPlugin = {
  scheme: "local",
  title: "A folder on a disk, a NAS mount or a USB stick",
  settings,

  async open(given, context) {
    throwIfCancelled(context.signal);
    const config = parseSettings(given);
    await rootExists(config);
    return localBackend(config);
  },

  describe(given) {
    const dir = given["dir"]?.trim() ?? "";
    return dir === "" ? "a folder that is not named yet" : `the folder ${displayPath(dir)}`;
  },
};
