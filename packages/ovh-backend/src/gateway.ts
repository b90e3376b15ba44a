import { createHash } from "node:crypto";
import { join } from "node:path";

import {
  describeError,
  type BackendContext,
  type ErrorCode,
  type StorageBackend,
} from "@coldstow/contracts";
import {
  gatewayDialect,
  parseSettings as parseSftpSettings,
  sftpBackend,
  type SftpConfig,
} from "@coldstow/sftp-backend";

import { isCold, type OvhConfig } from "./config.ts";
import { GatewayAlone } from "./gateway-alone.ts";
import { GatewayWithSwift } from "./gateway-with-swift.ts";
import { SwiftBackend } from "./swift-backend.ts";
import { ThawLedger } from "./thaw-ledger.ts";

export interface GatewayOptions {
  /** Milliseconds since 1970; the machine's clock if not given. */
  readonly clock?: () => number;
}

/** Everyone's user there; who one is stands in the password. */
const gatewayUser = "pca";
/** The gateway cuts a longer file into segments, each with a state and a digest of its own. */
const maxObjectBytes = 256 * 1024 ** 2;
/** Swift does not answer these credentials, or not now; bodies may still move. */
const withoutSwift: ReadonlySet<ErrorCode> = new Set([
  "E_AUTH",
  "E_CONFIG",
  "E_PERMISSION",
  "E_TEMPORARY",
  "E_TIMEOUT",
  "E_IO",
]);

/** The gateway as an SFTP destination: the first folder of a path is the container. */
export function gatewayConfig(config: OvhConfig): SftpConfig {
  const { gateway, tenant, user, password, container, prefix } = config;
  const parsed = parseSftpSettings({
    host: gateway.host,
    port: String(gateway.port),
    user: gatewayUser,
    password: `${tenant}.${user}.${password}`,
    dir: `/${container}${prefix === "" ? "" : `/${prefix}`}`,
    create: config.create ? "yes" : "no",
    agent: "no",
    server_digest: "no",
    stall_timeout: String(config.stallMs / 1000),
    ...(gateway.hostKey === undefined ? {} : { host_key: gateway.hostKey }),
    ...(gateway.knownHosts === undefined ? {} : { known_hosts: gateway.knownHosts }),
  });
  return { ...parsed, dialect: { ...gatewayDialect, maxObjectBytes } };
}

/** The file in which this destination's requests are remembered. */
function ledgerPath({ gateway, tenant, container, prefix }: OvhConfig, directory: string): string {
  const place = [gateway.host, gateway.port, tenant, container, prefix].join("\n");
  const name = createHash("sha256").update(place).digest("hex").slice(0, 16);
  return join(directory, `ovh-thaw-${name}.json`);
}

/** The gateway without Swift: states are found out by reading, and only of what was asked for. */
export async function gatewayAlone(
  config: OvhConfig,
  context: BackendContext,
  options: GatewayOptions = {},
): Promise<StorageBackend> {
  const data = await sftpBackend(gatewayConfig(config), context);
  if (!isCold(config)) return data;
  const path = ledgerPath(config, context.stateDirectory);
  const ledger = new ThawLedger(path, options.clock ?? Date.now);
  return new GatewayAlone(data, ledger, config.tariff ?? "ovh-pca");
}

async function swiftBeside(
  config: OvhConfig,
  context: BackendContext,
): Promise<SwiftBackend | undefined> {
  const swift = new SwiftBackend(config);
  try {
    await swift.check();
    return swift;
  } catch (error) {
    await swift.close();
    const { code } = describeError(error);
    if (!withoutSwift.has(code)) throw error;
    const reason = error instanceof Error ? error.message : code;
    context.progress({
      type: "warning",
      code,
      message: `Swift cannot be asked (${reason}): uploads are checked by their size only, and whether an object is thawed shows only when it is read.`,
    });
    return undefined;
  }
}

/**
 * The gateway for bodies, with Swift for digests and states where it takes the same credentials.
 * Where it does not, that is reported as a warning.
 * @throws {E_NO_CONTAINER | E_STORAGE_CLASS | E_THROTTLED | E_CANCELLED}
 */
export async function openGateway(
  config: OvhConfig,
  context: BackendContext,
): Promise<StorageBackend> {
  const swift = await swiftBeside(config, context);
  if (swift === undefined) return await gatewayAlone(config, context);
  try {
    return new GatewayWithSwift(await sftpBackend(gatewayConfig(config), context), swift);
  } catch (error) {
    await swift.close();
    throw error;
  }
}
