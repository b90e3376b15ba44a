/** Where one Swift listens, all on 127.0.0.1. */
export interface SwiftPorts {
  readonly proxy: number;
  readonly memcached: number;
  readonly account: number;
  readonly container: number;
  readonly object: number;
}

export interface SwiftOptions {
  /** Names of the storage policies; the first is what a container gets that asks for none. `PCA` and `hot` if not given. */
  readonly policies?: readonly [string, ...string[]];
  /** A longer object is refused with 413; 5 GiB if not given. */
  readonly maxFileBytes?: number;
  /** The size of the disk, which is then a file system in memory; only root may make one. */
  readonly diskBytes?: number;
  /** How long a token of tempauth is good for; a day if not given. */
  readonly tokenLifeSeconds?: number;
  /** The smallest part, but for the last, of a multipart upload over S3; 5 MiB if not given. */
  readonly minPartBytes?: number;
}

export const user = "test:tester";
export const key = "testing";
/** One who has the account's name and no right to anything in it. */
export const stranger = { user: "test:stranger", key: "strange" } as const;

const filters = [
  "catch_errors",
  "gatekeeper",
  "healthcheck",
  "proxy-logging:proxy_logging",
  "listing_formats",
  "tempurl",
  "copy",
  "slo",
  "dlo",
] as const;

function section(name: string, lines: Readonly<Record<string, string | number>>): string {
  const body = Object.entries(lines).map(([setting, value]) => `${setting} = ${value}`);
  return `[${name}]\n${body.join("\n")}\n`;
}

function listener(port: number, configuration: string): Readonly<Record<string, string | number>> {
  return {
    bind_ip: "127.0.0.1",
    bind_port: port,
    // No forks: the pid that was started is the server.
    workers: 0,
    user: "root",
    swift_dir: configuration,
    log_level: "WARNING",
  };
}

function swiftConf({ policies = ["PCA", "hot"], maxFileBytes }: SwiftOptions): string {
  return [
    section("swift-hash", {
      swift_hash_path_suffix: "coldstow",
      swift_hash_path_prefix: "coldstow",
    }),
    ...policies.map((name, index) =>
      section(`storage-policy:${index}`, { name, ...(index === 0 ? { default: "yes" } : {}) }),
    ),
    ...(maxFileBytes === undefined
      ? []
      : [section("swift-constraints", { max_file_size: maxFileBytes })]),
  ].join("\n");
}

function proxyConf(options: SwiftOptions, ports: SwiftPorts, configuration: string): string {
  return [
    section("DEFAULT", listener(ports.proxy, configuration)),
    section("pipeline:main", {
      pipeline:
        "catch_errors gatekeeper healthcheck proxy-logging cache listing_formats tempurl s3api tempauth copy slo dlo versioned_writes proxy-logging proxy-server",
    }),
    section("app:proxy-server", {
      use: "egg:swift#proxy",
      allow_account_management: "true",
      account_autocreate: "true",
      // A server that failed once is asked again at once, not after a minute.
      error_suppression_interval: 0,
    }),
    section("filter:tempauth", {
      use: "egg:swift#tempauth",
      token_life: options.tokenLifeSeconds ?? 86_400,
      user_test_tester: `${key} .admin`,
      user_test_stranger: stranger.key,
    }),
    section("filter:cache", {
      use: "egg:swift#memcache",
      memcache_servers: `127.0.0.1:${ports.memcached}`,
    }),
    section("filter:s3api", {
      use: "egg:swift#s3api",
      s3_acl: "no",
      allow_multipart_uploads: "yes",
      min_segment_size: options.minPartBytes ?? 5 * 1024 * 1024,
    }),
    section("filter:versioned_writes", {
      use: "egg:swift#versioned_writes",
      allow_versioned_writes: "true",
    }),
    ...filters.map((filter) => {
      const [name = filter, egg = name] = filter.split(":");
      return section(`filter:${name}`, { use: `egg:swift#${egg}` });
    }),
  ].join("\n");
}

/** Swift's configuration files by name. */
export function swiftConfiguration(
  options: SwiftOptions,
  ports: SwiftPorts,
  folders: { readonly configuration: string; readonly devices: string; readonly cache: string },
): Readonly<Record<string, string>> {
  const { configuration, devices, cache } = folders;
  const storage = (["account", "container", "object"] as const).map((name) => [
    `${name}-server.conf`,
    [
      section("DEFAULT", {
        ...listener(ports[name], configuration),
        devices,
        mount_check: "false",
      }),
      section("pipeline:main", { pipeline: `${name}-server` }),
      section(`app:${name}-server`, { use: `egg:swift#${name}`, recon_cache_path: cache }),
    ].join("\n"),
  ]);
  return {
    "swift.conf": swiftConf(options),
    "proxy-server.conf": proxyConf(options, ports, configuration),
    ...Object.fromEntries(storage),
  };
}
