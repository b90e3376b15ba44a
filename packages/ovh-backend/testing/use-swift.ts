import { startSealingProxy, type SealingProxy } from "@coldstow/test-servers/sealing-proxy";
import { startSwift, type Swift } from "@coldstow/test-servers/swift";
import type { BackendSettings } from "@coldstow/contracts";
import { afterAll, afterEach, beforeAll } from "vitest";

import { SwiftBackend, type SwiftBackendOptions } from "../src/swift-backend.ts";
import { placeConfig } from "./swift-place.ts";

/** A backend on a container of its own that is sealed. */
export interface SealedPlace {
  readonly backend: SwiftBackend;
  readonly proxy: SealingProxy;
  readonly container: string;
  /** Another client of the same container, or of one that `more` names. */
  readonly client: (more?: BackendSettings, options?: SwiftBackendOptions) => SwiftBackend;
}

export interface UsedSwift {
  readonly swift: () => Swift;
  /** Swift behind a sealing proxy, until the test ends. */
  readonly sealed: (options?: SwiftBackendOptions) => Promise<SealedPlace>;
}

/** One Swift for the tests of a file. */
export function useSwift(): UsedSwift {
  const started: { swift?: Swift } = {};
  const endings: (() => Promise<void>)[] = [];
  const swift = (): Swift => {
    if (started.swift === undefined) throw new Error("Swift was not started");
    return started.swift;
  };
  beforeAll(async () => {
    started.swift = await startSwift();
  });
  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
  });
  afterAll(async () => {
    await started.swift?.stop();
  });
  return {
    swift,
    async sealed(options) {
      const proxy = await startSealingProxy({ target: swift().authUrl });
      const container = swift().freshName();
      endings.push(() => proxy.stop());
      const client: SealedPlace["client"] = (more, other = options) => {
        const backend = new SwiftBackend(placeConfig(proxy, container, more), other);
        endings.unshift(() => backend.close());
        return backend;
      };
      return { backend: client(), proxy, container, client };
    },
  };
}
