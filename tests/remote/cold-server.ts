import {
  startFaultProxy,
  type Direction,
  type FaultProxy,
} from "@coldstow/test-servers/fault-proxy";
import { startGlacierDouble } from "@coldstow/test-servers/glacier-double";
import { startSealingProxy } from "@coldstow/test-servers/sealing-proxy";
import { startSwift } from "@coldstow/test-servers/swift";
import { SwiftView } from "./remote-swift.ts";

/** A place whose objects are frozen as soon as they are stored, with a clock that a test moves. */
export interface ColdServer {
  readonly scheme: string;
  readonly lines: readonly string[];
  /** The variables that hold the secrets which the lines name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The longest wait that the place states. */
  readonly statedHours: number;
  /** How long an object takes to thaw, and how long it stays ready, in hours. */
  readonly thawHours: number;
  readonly readyHours: number;
  /** The keys that were asked for, each as often as it was. */
  asked(): readonly string[];
  /** Lets one thawed object freeze again before its time. */
  reseal(key: string): void;
  /** Resolves once so many further bytes went that way. */
  moved(bytes: number, direction: Direction): Promise<void>;
  /** Moves the clock of the place; that of this machine goes on as it does. */
  advance(hours: number): Promise<void>;
  stop(): Promise<void>;
}

const container = "archive";
const hourMs = 3_600_000;

function movedThrough(proxy: FaultProxy, bytes: number, direction: Direction): Promise<void> {
  const { toServerBytes, toClientBytes } = proxy;
  const before = direction === "to-server" ? toServerBytes : toClientBytes;
  return proxy.forwarded(before + 1 + bytes, direction);
}

/** OVH Public Cloud Archive: a real Swift behind a proxy that seals. */
export async function coldOvh(): Promise<ColdServer> {
  const swift = await startSwift({ policies: ["PCA"] });
  const view = new SwiftView(swift);
  await view.makeContainer();
  const [thawHours, readyHours] = [4, 24];
  const sealing = await startSealingProxy({
    target: swift.authUrl,
    unsealSeconds: thawHours * 3600,
    windowSeconds: readyHours * 3600,
  });
  const proxy = await startFaultProxy(Number(new URL(sealing.keystoneUrl).port));
  const [tenant, user] = swift.user.split(":");
  return {
    scheme: "ovh",
    lines: [
      "transport = swift",
      `auth_url = http://127.0.0.1:${proxy.port}/v3`,
      "region = GRA",
      `container = ${container}`,
      `tenant = ${tenant}`,
      `user = ${user}`,
      "password_env = TEST_OVH_PASSWORD",
    ],
    secrets: { TEST_OVH_PASSWORD: swift.key },
    statedHours: 12,
    thawHours,
    readyHours,
    asked: () => {
      const names = sealing.requests
        .map(({ path }) => decodeURIComponent(path.split("?")[0] ?? "").split(`/${container}/`)[1])
        .filter((name) => name !== undefined);
      return [...new Set(names)].flatMap((name) =>
        Array.from({ length: sealing.asked(`${container}/${name}`) }, () => name),
      );
    },
    reseal: (key) => sealing.states.forget(`${container}/${key}`),
    moved: (bytes, direction) => movedThrough(proxy, bytes, direction),
    advance: async (hours) => {
      const url = `${sealing.advanceUrl}?seconds=${hours * 3600}`;
      const answer = await fetch(url, { method: "POST" });
      if (!answer.ok) throw new Error(`the clock did not move: ${answer.status}`);
    },
    stop: async () => {
      await proxy.close();
      await sealing.stop();
      await swift.stop();
    },
  };
}

/** Amazon's S3 with the class DEEP_ARCHIVE: a double, since no such store runs here. */
export async function coldGlacier(): Promise<ColdServer> {
  const [thawHours, hoursOfDay] = [12, 24];
  const double = await startGlacierDouble({ thawMs: thawHours * hourMs });
  double.createBucket(container);
  const proxy = await startFaultProxy(double.port);
  return {
    scheme: "s3",
    lines: [
      "profile = aws-deep-archive",
      `endpoint = http://127.0.0.1:${proxy.port}`,
      `region = ${double.region}`,
      `bucket = ${container}`,
      "path_style = yes",
      "access_key_env = TEST_S3_ACCESS_KEY",
      "secret_key_env = TEST_S3_SECRET_KEY",
    ],
    secrets: {
      TEST_S3_ACCESS_KEY: double.accessKeyId,
      TEST_S3_SECRET_KEY: double.secretAccessKey,
    },
    statedHours: 12,
    thawHours,
    // A small restore asks for three days, as daysFor has it; the end is at the next midnight.
    readyHours: 4 * hoursOfDay,
    asked: () => double.restores.map(({ name }) => name),
    reseal: (key) => double.makeFrozen(container, key),
    moved: (bytes, direction) => movedThrough(proxy, bytes, direction),
    advance: async (hours) => {
      const answer = await fetch(`${double.clockUrl}?advanceMs=${hours * hourMs}`, {
        method: "POST",
      });
      if (!answer.ok) throw new Error(`the clock did not move: ${answer.status}`);
    },
    stop: async () => {
      await proxy.close();
      await double.stop();
    },
  };
}

/** Every kind of cold place. */
export const coldServers: readonly {
  readonly name: string;
  readonly make: () => Promise<ColdServer>;
}[] = [
  { name: "OVH Public Cloud Archive", make: coldOvh },
  { name: "S3 Glacier Deep Archive", make: coldGlacier },
];
