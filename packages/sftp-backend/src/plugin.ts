import { ColdstowError, type BackendPlugin } from "@coldstow/contracts";

export const plugin: BackendPlugin = {
  scheme: "sftp",
  title: "Any SFTP server",
  settings: [],
  open: async () => await Promise.reject(new ColdstowError("E_UNSUPPORTED", "not yet")),
  describe: () => "sftp",
};
