import type { FaultProxy } from "@coldstow/test-servers/fault-proxy";
import type { HttpFaultProxy } from "@coldstow/test-servers/fault-proxy-http";

export const serverKinds = ["sftp", "gateway", "swift", "s3"] as const;

/** OpenSSH, a double of OVH's SFTP gateway, OpenStack Swift, and Swift's S3. */
export type ServerKind = (typeof serverKinds)[number];

/** A server of this machine behind a proxy that can misbehave, and a view past coldstow of what it holds. */
export interface RemoteServer {
  readonly kind: ServerKind;
  /** The scheme of the backend that speaks to it. */
  readonly scheme: string;
  /** The lines of its section in an ini file; they lead to the proxy. */
  readonly lines: readonly string[];
  /** The variables that hold the secrets which the lines name. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly proxy: FaultProxy;
  /** The lines shorten the patience with a server that says nothing to a few seconds. */
  readonly isLeftWhenSilent: boolean;
  /** Behind `proxy`, where the server speaks HTTP. */
  readonly http: HttpFaultProxy | undefined;
  /** Everything in the archive's place there, unfinished files too: names and sizes in bytes. */
  names(): Promise<ReadonlyMap<string, number>>;
  /** Lower-case hex of the bytes under a name, read from the server itself. */
  sha256(name: string): Promise<string>;
  /** Takes an object away, as a careless administrator would. */
  remove(name: string): Promise<void>;
  /** Ends the server at once; what it has stored stays. */
  kill(): Promise<void>;
  /** Starts it again where it was. */
  restart(): Promise<void>;
  /** Leaves so many bytes free where the server stores; undefined where its disk is not one of its own. */
  readonly fillDisk: ((freeBytes: number) => void) | undefined;
  /** Makes the room free again; nothing where it is. */
  freeDisk(): Promise<void>;
  stop(): Promise<void>;
}

export interface RemoteServerOptions {
  /** The disk is a file system of its own, of this size. */
  readonly diskBytes?: number;
  /** Where the server's own files go; removed by the caller. */
  readonly folder: string;
}

/** Starts a server of a kind, with an empty place for one archive. */
export async function startRemoteServer(
  kind: ServerKind,
  options: RemoteServerOptions,
): Promise<RemoteServer> {
  switch (kind) {
    case "sftp":
      return (await import("./remote-sshd.ts")).remoteSshd(options);
    case "gateway":
      return (await import("./remote-gateway.ts")).remoteGateway(options);
    case "swift":
    case "s3":
      return (await import("./remote-swift.ts")).remoteSwift(kind, options);
    default:
      throw new Error(`the server is one of ${serverKinds.join(", ")}, not ${String(kind)}`);
  }
}
