import { memoryBackend } from "@coldstow/backend-testkit";
import { ColdstowError, isColdstowError, silent } from "@coldstow/contracts";
import { describe, expect, it } from "vitest";
import { readSettings } from "../settings/index.ts";
import type { BackendAccess } from "./backend-access.ts";
import {
  openDestinations,
  type OpenDestinations,
  type OpenDestinationsOptions,
} from "./open-destinations.ts";

const { settings } = readSettings(
  "[Archive]\ndirectory = /photos\n[Repository]\ntype = sftp:one, sftp:two, sftp:three\n" +
    "[Sftp one]\nhost = one\n[Sftp two]\nhost = two\n[Sftp three]\nhost = three\n",
);

type Opener = (host: string) => Promise<void>;

function opening(
  opener: Opener,
  more: Partial<OpenDestinationsOptions> = {},
): Promise<OpenDestinations> {
  const backends: BackendAccess = {
    specs: async () => ({}),
    secret: async () => "",
    open: async (_scheme, { host = "" }) => {
      await opener(host);
      return { backend: memoryBackend(), title: host };
    },
  };
  const retry = { sleep: async () => undefined };
  return openDestinations(settings, { backends, progress: silent, retry, ...more });
}

function failure(code: "E_TEMPORARY" | "E_AUTH"): ColdstowError {
  return new ColdstowError(code, "no");
}

describe("opening destinations", () => {
  it("opens all at once, and gives them in the order of the settings", async () => {
    let waiting = 0;
    const all = Promise.withResolvers<void>();
    const { opened } = await opening(async () => {
      waiting += 1;
      if (waiting === 3) all.resolve();
      await all.promise;
    });
    expect(opened.map(({ title }) => title)).toEqual(["one", "two", "three"]);
  });

  it("tries one that does not answer a few times, and one that refuses once", async () => {
    const calls: string[] = [];
    const { opened, unreachable } = await opening(async (host) => {
      calls.push(host);
      if (host === "one" && calls.filter((one) => one === "one").length < 3) {
        throw failure("E_TEMPORARY");
      }
      if (host === "two") throw failure("E_AUTH");
      if (host === "three") throw failure("E_TEMPORARY");
    });
    expect(opened.map(({ title }) => title)).toEqual(["one"]);
    expect(unreachable.map(({ name, error }) => [name, error.code])).toEqual([
      ["sftp:two", "E_AUTH"],
      ["sftp:three", "E_TEMPORARY"],
    ]);
    const times = (host: string): number => calls.filter((one) => one === host).length;
    expect(["one", "two", "three"].map(times)).toEqual([3, 1, 4]);
  });

  it("ends with the first one's error if none opens, and with any final one where it is strict", async () => {
    const none = await opening(async () => Promise.reject(failure("E_TEMPORARY"))).catch(String);
    expect(none).toContain("no");
    const strict = opening(
      async (host) => {
        if (host === "two") throw failure("E_AUTH");
      },
      { strict: true },
    );
    const error: unknown = await strict.catch((reason: unknown) => reason);
    expect(isColdstowError(error) && error.code).toBe("E_AUTH");
  });

  it("ends with the error of one that is needed, without a word of going on", async () => {
    const told: string[] = [];
    const needed = opening(
      async (host) => {
        if (host !== "one") throw failure(host === "two" ? "E_AUTH" : "E_TEMPORARY");
      },
      {
        needed: ["sftp:three"],
        progress: (event) => void (event.type === "warning" && told.push(event.message)),
      },
    );
    await expect(needed).rejects.toMatchObject({ code: "E_TEMPORARY" });
    expect(told).toEqual([]);
  });

  it("refuses one that is needed and not in the settings, before it opens any", async () => {
    const calls: string[] = [];
    const needed = opening(async (host) => void calls.push(host), { needed: ["nas"] });
    await expect(needed).rejects.toMatchObject({
      code: "E_NOT_FOUND",
      message: expect.stringContaining('"nas"; it has sftp:one, sftp:two, sftp:three.'),
    });
    expect(calls).toEqual([]);
  });

  it("says with its warning what helps, where trying again does not", async () => {
    const told: string[] = [];
    await opening(
      async (host) => {
        if (host === "two") throw new ColdstowError("E_AUTH", "no", { hint: "Correct the key." });
        if (host === "three") throw failure("E_TEMPORARY");
      },
      { progress: (event) => void (event.type === "warning" && told.push(event.message)) },
    );
    expect(told).toEqual([
      "sftp:two cannot be reached: no. Going on without it. Correct the key.",
      "sftp:three cannot be reached: no. Going on without it.",
    ]);
  });
});
