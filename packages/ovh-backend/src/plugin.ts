import { ColdstowError, type BackendPlugin } from "@coldstow/contracts";

export const plugin: BackendPlugin = {
  scheme: "ovh",
  title: "OVH Public Cloud Archive",
  settings: [],
  open: async () => await Promise.reject(new ColdstowError("E_UNSUPPORTED", "not yet")),
  describe: () => "ovh",
};
