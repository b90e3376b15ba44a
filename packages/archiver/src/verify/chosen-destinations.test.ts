import { describe, expect, it } from "vitest";
import { SampleCatalogue } from "../../testing/sample-catalogue.ts";
import { readSettings } from "../settings/index.ts";
import { chosenDestinations } from "./chosen-destinations.ts";

describe("a destination that is chosen by its name", () => {
  it("is told to hold nothing yet where the settings have it, and to be unknown where they do not", async () => {
    const sample = await SampleCatalogue.make();
    try {
      const { settings } = readSettings(
        "[Archive]\ndirectory = /x\n[Repository]\ntype = local\n[Local]\ndir = /a\n",
      );
      const { catalogue } = sample;
      const archive = { path: "a.archive", catalogue, settings, destinations: [] };
      expect(() => chosenDestinations(archive, ["local"])).toThrow(/was stored at local yet/);
      expect(() => chosenDestinations(archive, ["nas"])).toThrow(/has no destination "nas"/);
    } finally {
      await sample.close();
    }
  });
});
