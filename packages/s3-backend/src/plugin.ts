import { ColdstowError, type BackendPlugin } from "@coldstow/contracts";

export const plugin: BackendPlugin = {
  scheme: "s3",
  title: "Any S3, also its cold classes",
  settings: [],
  open: async () => await Promise.reject(new ColdstowError("E_UNSUPPORTED", "not yet")),
  describe: () => "s3",
};
