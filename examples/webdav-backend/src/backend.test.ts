import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";

import { bytesSource, objectKey, withRetry, type StorageBackend } from "@coldstow/contracts";
import { startWebdav, type WebdavServer } from "@coldstow/test-servers/webdav";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { parseSettings, plugin, webdavBackend } from "./index.ts";

let server: WebdavServer;
beforeAll(async () => {
  server = await startWebdav({ password: "korrektes Pferd: bœuf" });
});
afterAll(() => server.stop());

const key = objectKey("packs/r000001/object");
const body = bytesSource(Buffer.from("some bytes"));

function client(given: Readonly<Record<string, string>> = {}): StorageBackend {
  const { host, port, user, password } = server;
  const own = { host, port: String(port), tls: "no", user, password };
  return webdavBackend(parseSettings({ ...own, ...given }));
}

describe("the WebDAV backend", () => {
  test("keeps an object as a file of its key, in a folder of any name", async () => {
    await client({ dir: "100 %/é#1/" }).put(key, body);
    expect(readdirSync(join(server.directory, "100 %/é#1/packs/r000001"))).toEqual(["object"]);
  });

  test("leaves alone what is no object, and never deletes a folder", async () => {
    const backend = client({ dir: "/mixed" });
    await backend.put(key, body);
    mkdirSync(join(server.directory, "mixed/Photos"));
    writeFileSync(join(server.directory, "mixed/Photos/IMG.JPG"), "x");
    writeFileSync(join(server.directory, "mixed/packs/r000001/other.0123.partial"), "x");
    const listed: string[] = [];
    for await (const info of backend.list("")) listed.push(info.key);
    expect(listed).toEqual([key]);
    await backend.delete(objectKey("packs"));
    expect((await backend.stat(key))?.sizeBytes).toBe(10);
  });

  test("makes a folder again that somebody has removed", async () => {
    const backend = withRetry(client({ dir: "/vanishing" }), { baseDelayMs: 1 });
    await backend.put(key, body);
    const { host, port, user, password } = server;
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    const url = `http://${host}:${port}/vanishing/`;
    const { status } = await fetch(url, { method: "DELETE", headers: { authorization } });
    expect(status).toBe(204);
    await backend.put(key, body);
    expect((await backend.stat(key))?.sizeBytes).toBe(10);
  });

  test("says when the password is wrong, and does not say the password", async () => {
    const refused = client({ password: "wrong horse" }).stat(key);
    await expect(refused).rejects.toMatchObject({ code: "E_AUTH" });
    const error: unknown = await refused.catch((thrown: unknown) => thrown);
    expect((error as Error).message).not.toContain("wrong horse");
  });

  test("does not wait for ever for a server that has fallen silent", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const port = String((silent.address() as AddressInfo).port);
    await expect(client({ port, timeout: "1" }).stat(key)).rejects.toMatchObject({
      code: "E_TIMEOUT",
    });
    silent.close();
  });
});

describe("its settings", () => {
  test.each([
    [{}, "host"],
    [{ host: "https://dav.example" }, "host"],
    [{ host: "h", port: "0" }, "port"],
    [{ host: "h", tls: "maybe" }, "tls"],
    [{ host: "h", dir: "a/../b" }, "dir"],
    [{ host: "h", timeout: "never" }, "timeout"],
  ])("that are wrong are named: %j", (given, subject) => {
    expect(() => parseSettings(given)).toThrow(
      expect.objectContaining({ code: "E_CONFIG", subject }),
    );
  });

  test("are told without the password", () => {
    const told = plugin.describe({ host: "::1", dir: "x/", user: "ann", password: "secret" });
    expect(told).toBe("the WebDAV folder https://[::1]/x");
  });
});
