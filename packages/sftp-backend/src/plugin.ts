import { displayPath, type BackendPlugin } from "@coldstow/contracts";

import { sftpBackend } from "./backend.ts";
import { parseSettings } from "./parse-settings.ts";
import { settings } from "./settings.ts";

/** The backend `sftp`: an archive in a folder of an SFTP server. */
export const plugin: BackendPlugin = {
  scheme: "sftp",
  title: "Any SFTP server",
  settings,

  open: async (given, context) => await sftpBackend(parseSettings(given), context),

  describe(given) {
    const part = (name: string): string => displayPath(given[name]?.trim() ?? "");
    if (part("host") === "") return "an SFTP server that is not named yet";
    const port = part("port") === "" || part("port") === "22" ? "" : `:${part("port")}`;
    return `the folder ${part("dir")} of ${part("user")}@${part("host")}${port}`;
  },
};
