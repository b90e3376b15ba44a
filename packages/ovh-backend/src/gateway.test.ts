import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { randomBytes, readAll } from "@coldstow/backend-testkit";
import {
  bytesSource,
  objectKey,
  silent,
  type BackendSettings,
  type ProgressEvent,
} from "@coldstow/contracts";
import { startSftpGateway, type SftpGateway } from "@coldstow/test-servers/sftp-gateway";
import { afterEach, beforeEach, expect, test } from "vitest";

import { useSwift } from "../testing/use-swift.ts";
import { placeSettings } from "../testing/swift-place.ts";
import { gatewayAlone, parseSettings, plugin } from "./index.ts";

const { sealed } = useSwift();
const key = objectKey("packs/p1.age");
const body = bytesSource(randomBytes(100_000, 1));
const sealedPaths = new Set<string>();
const asked: string[] = [];
let stateDirectory = "";
let gateway: SftpGateway;

beforeEach(async () => {
  sealedPaths.clear();
  asked.length = 0;
  stateDirectory = await mkdtemp(join(tmpdir(), "coldstow-ovh-"));
  gateway = await startSftpGateway({
    password: "test.tester.testing",
    containers: ["photos"],
    hooks: {
      beforeRead: (path) => {
        asked.push(path);
        return sealedPaths.has(path) ? "failure" : "ok";
      },
    },
  });
});

afterEach(async () => {
  await gateway.stop();
  await rm(stateDirectory, { recursive: true });
});

function settings(authUrl: string, more: BackendSettings = {}): BackendSettings {
  return placeSettings({ authUrl }, "photos", {
    transport: "sftp",
    region: "gra",
    gateway: gateway.host,
    gateway_port: String(gateway.port),
    known_hosts: "no",
    ...more,
  });
}

test("tenant, user and password make the gateway's password, and the container the first folder", async () => {
  const { proxy } = await sealed();
  await proxy.stop();
  const events: ProgressEvent[] = [];
  const context = { progress: (event: ProgressEvent) => events.push(event), stateDirectory };
  const backend = await plugin.open(settings(proxy.authUrl, { prefix: "mine" }), context);
  await backend.put(key, body);
  expect(await readdir(join(gateway.directory, "photos", "mine", "packs"))).toEqual(["p1.age"]);
  expect(gateway.sentPasswords).toContain("test.tester.testing");
  const warned = events.find(
    (event) => event.type === "warning" && event.message.includes("Swift cannot be asked"),
  );
  expect(warned).toMatchObject({ code: "E_TEMPORARY" });
  expect(JSON.stringify(events)).not.toContain("testing");
  await backend.close();
});

test("where Swift answers, it judges an upload: what it does not hold does not count as stored", async () => {
  const { proxy } = await sealed();
  const backend = await plugin.open(settings(proxy.authUrl), { progress: silent, stateDirectory });
  expect(backend.capabilities).toMatchObject({ serverDigest: "md5", maxObjectBytes: 268_435_456 });
  await expect(backend.put(key, body)).rejects.toMatchObject({ code: "E_TEMPORARY" });
  await backend.close();
});

test("a container of another policy is refused before anything moves", async () => {
  const { proxy, client, container } = await sealed();
  await client({ policy: "hot" }).put(key, body);
  const given = settings(proxy.authUrl, { container });
  const open = plugin.open(given, { progress: silent, stateDirectory });
  await expect(open).rejects.toMatchObject({ code: "E_STORAGE_CLASS" });
  expect(gateway.sentPasswords).toEqual([]);
});

test("what an earlier run asked for is known to the next one, and nothing else is ever read", async () => {
  const config = parseSettings(settings("http://127.0.0.1:9/auth/v1.0"));
  const context = { progress: silent, stateDirectory };
  const first = await gatewayAlone(config, context);
  const other = objectKey("packs/p2.age");
  for (const each of [key, other]) {
    await first.put(each, body);
    sealedPaths.add(`/photos/${each}`);
  }
  asked.length = 0;
  const [told] = (await first.cold?.requestThaw([key], {})) ?? [];
  expect(told).toEqual({ key, state: "thawing" });
  await first.close();

  const second = await gatewayAlone(config, context);
  expect(await second.cold?.thawState([key, other])).toEqual([
    { key, state: "thawing" },
    { key: other, state: "frozen" },
  ]);
  await expect(readAll(second.get(key))).rejects.toMatchObject({ code: "E_THAWING" });
  await expect(readAll(second.get(other))).rejects.toMatchObject({ code: "E_FROZEN" });
  sealedPaths.clear();
  expect(await second.cold?.thawState([key])).toEqual([{ key, state: "ready" }]);
  expect((await readAll(second.get(key))).length).toBe(100_000);
  expect(new Set(asked)).toEqual(new Set([`/photos/${key}`]));
  await second.close();
});

test("a torn file of requests is taken for an empty one", async () => {
  const config = parseSettings(settings("http://127.0.0.1:9/auth/v1.0"));
  const context = { progress: silent, stateDirectory };
  const first = await gatewayAlone(config, context);
  await first.put(key, body);
  await first.cold?.requestThaw([key], {});
  await first.close();
  const files = await readdir(stateDirectory);
  const path = join(stateDirectory, files.find((file) => file.startsWith("ovh-thaw")) ?? "");
  expect(await readFile(path, "utf8")).toContain(key);
  await writeFile(path, '{"packs/p1.age": {"ask');
  const second = await gatewayAlone(config, context);
  expect(await second.cold?.thawState([key])).toEqual([{ key, state: "frozen" }]);
  await second.close();
});
