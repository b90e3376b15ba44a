import { createHash } from "node:crypto";
import { join } from "node:path";
import { startFaultProxy } from "@coldstow/test-servers/fault-proxy";
import { startHttpFaultProxy } from "@coldstow/test-servers/fault-proxy-http";
import { startSwift, type Swift } from "@coldstow/test-servers/swift";
import { fillDisk, freeDisk } from "./small-disk.ts";
import type { RemoteServer, RemoteServerOptions } from "./remote-server.ts";

const container = "archive";

/** OpenStack Swift, spoken to by its own API or by S3's. */
export async function remoteSwift(
  kind: "swift" | "s3",
  { diskBytes }: RemoteServerOptions,
): Promise<RemoteServer> {
  const server = await startSwift({
    policies: ["hot"],
    ...(diskBytes === undefined ? {} : { diskBytes }),
  });
  const view = new SwiftView(server);
  await view.makeContainer();
  const http = await startHttpFaultProxy(Number(new URL(server.storageUrl).port));
  const proxy = await startFaultProxy(http.port);
  const endpoint = `http://127.0.0.1:${proxy.port}`;
  const disk = join(server.directory, "node", "sdb1");
  return {
    kind,
    scheme: kind === "swift" ? "ovh" : "s3",
    lines: kind === "swift" ? swiftLines(server, endpoint) : s3Lines(server, endpoint),
    secrets:
      kind === "swift"
        ? { TEST_OVH_PASSWORD: server.key }
        : {
            TEST_S3_ACCESS_KEY: server.s3.accessKeyId,
            TEST_S3_SECRET_KEY: server.s3.secretAccessKey,
          },
    proxy,
    isLeftWhenSilent: kind === "s3",
    http,
    names: () => view.names(),
    sha256: (name) => view.sha256(name),
    remove: (name) => view.remove(name),
    kill: () => server.kill(),
    restart: () => server.restart(),
    fillDisk: diskBytes === undefined ? undefined : (free) => fillDisk(disk, free),
    freeDisk: async () => {
      // Swift's proxy leaves a disk that was full alone for a minute, unless it starts anew.
      if (freeDisk(disk)) await server.restart();
    },
    stop: async () => {
      await proxy.close();
      await http.close();
      await server.stop();
    },
  };
}

function swiftLines({ user }: Swift, endpoint: string): string[] {
  return [
    "transport = swift",
    `auth_url = ${endpoint}/auth/v1.0`,
    "region = test",
    `container = ${container}`,
    `tenant = ${user.split(":")[0]}`,
    `user = ${user.split(":")[1]}`,
    "password_env = TEST_OVH_PASSWORD",
    "policy = none",
  ];
}

function s3Lines({ s3 }: Swift, endpoint: string): string[] {
  return [
    `endpoint = ${endpoint}`,
    `region = ${s3.region}`,
    `bucket = ${container}`,
    "path_style = yes",
    "stall_timeout = 40",
    "access_key_env = TEST_S3_ACCESS_KEY",
    "secret_key_env = TEST_S3_SECRET_KEY",
  ];
}

/** The container as Swift's own API shows it, past coldstow and past the proxies. */
export class SwiftView {
  readonly #swift: Pick<Swift, "authUrl" | "storageUrl" | "user" | "key">;
  #token = "";

  constructor(swift: Pick<Swift, "authUrl" | "storageUrl" | "user" | "key">) {
    this.#swift = swift;
  }

  async makeContainer(): Promise<void> {
    await this.#ask("PUT", "");
  }

  async names(): Promise<Map<string, number>> {
    const names = new Map<string, number>();
    for (let marker = ""; ;) {
      const query = `?format=json&limit=1000&marker=${encodeURIComponent(marker)}`;
      const page = (await (await this.#ask("GET", query)).json()) as readonly {
        readonly name: string;
        readonly bytes: number;
      }[];
      for (const { name, bytes } of page) names.set(name, bytes);
      const last = page.at(-1);
      if (last === undefined) return names;
      marker = last.name;
    }
  }

  async sha256(name: string): Promise<string> {
    const { body } = await this.#ask("GET", `/${name}`);
    const hash = createHash("sha256");
    if (body !== null) for await (const chunk of body) hash.update(chunk);
    return hash.digest("hex");
  }

  async remove(name: string): Promise<void> {
    await this.#ask("DELETE", `/${name}`);
  }

  async #ask(method: string, path: string): Promise<Response> {
    const { authUrl, storageUrl, user, key } = this.#swift;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await fetch(`${storageUrl}/${container}${path}`, {
        method,
        headers: { "X-Auth-Token": this.#token },
      });
      if (answer.ok) return answer;
      await answer.body?.cancel();
      if (answer.status !== 401 || attempt === 2) {
        throw new Error(`Swift answered ${method} ${path} with ${answer.status}`);
      }
      const headers = { "X-Auth-User": user, "X-Auth-Key": key };
      const login = await fetch(authUrl, { headers });
      this.#token = login.headers.get("X-Auth-Token") ?? "";
    }
  }
}
