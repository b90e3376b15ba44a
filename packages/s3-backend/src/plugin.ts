import { displayPath, throwIfCancelled, type BackendPlugin } from "@coldstow/contracts";

import { parseSettings } from "./config.ts";
import { settings } from "./settings.ts";

/** The backend `s3`: an archive in a bucket. */
export const plugin: BackendPlugin = {
  scheme: "s3",
  title: "Any S3, also its cold classes",
  settings,

  async open(given, context) {
    throwIfCancelled(context.signal);
    const config = parseSettings(given);
    // The SDK takes a while to load, and most commands only want to know the settings.
    const { s3Backend } = await import("./backend.ts");
    return s3Backend(config, context);
  },

  describe(given) {
    const part = (name: string): string => given[name]?.trim() ?? "";
    const bucket = part("bucket");
    if (bucket === "") return "a bucket that is not named yet";
    const prefix = part("prefix").replace(/^\/+|\/+$/g, "");
    const place = prefix === "" ? bucket : `${bucket}/${prefix}`;
    const profile = part("profile");
    const service = profile === "" || profile === "generic" ? "S3" : profile;
    return `${service}: ${displayPath(place)}`;
  },
};
