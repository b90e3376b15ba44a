import type { BackendSettings } from "@coldstow/contracts";

import { parseSettings, type OvhConfig } from "../src/config.ts";

/** What tells of a Swift and of a proxy before it alike. */
export interface AuthPlace {
  readonly authUrl: string;
}

/** The tenant, user and password of the Swift that tests start. */
export const credentials = { tenant: "test", user: "tester", password: "testing" } as const;

/** Settings for a container behind an auth URL. */
export function placeSettings(
  { authUrl }: AuthPlace,
  container: string,
  more: BackendSettings = {},
): BackendSettings {
  return { ...credentials, auth_url: authUrl, container, ...more };
}

export function placeConfig(
  place: AuthPlace,
  container: string,
  more: BackendSettings = {},
): OvhConfig {
  return parseSettings(placeSettings(place, container, more));
}
