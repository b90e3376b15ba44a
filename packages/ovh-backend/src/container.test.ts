import { randomBytes, readAll } from "@coldstow/backend-testkit";
import { bytesSource, objectKey, type StorageBackend } from "@coldstow/contracts";
import { describe, expect, test } from "vitest";

import { allListed } from "../testing/all-listed.ts";
import { useSwift } from "../testing/use-swift.ts";

const { sealed, swift } = useSwift();
const key = objectKey("packs/r000001/p000001.tar.age");
const body = bytesSource(randomBytes(1000, 1));

async function asAdministrator(
  method: string,
  container: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { authUrl, user, key: secret, storageUrl } = swift();
  const auth = { "x-auth-user": user, "x-auth-key": secret };
  const token = (await fetch(authUrl, { headers: auth })).headers.get("x-auth-token") ?? "";
  const url = `${storageUrl}/${container}`;
  return await fetch(url, { method, headers: { ...headers, "x-auth-token": token } });
}

async function listed(backend: StorageBackend): Promise<string[]> {
  return (await allListed(backend)).map((info) => info.key);
}

describe("a container that is missing", () => {
  test("is empty until the first put makes it, with the policy that is wanted", async () => {
    const { backend, container } = await sealed();
    await backend.check();
    expect(await backend.stat(key)).toBeUndefined();
    expect(await listed(backend)).toEqual([]);
    await backend.delete(key);
    await expect(readAll(backend.get(key))).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    expect((await asAdministrator("HEAD", container)).status).toBe(404);
    await backend.put(key, body);
    const made = await asAdministrator("HEAD", container);
    expect(made.headers.get("x-storage-policy")).toBe("PCA");
  });

  test("is made once, however many puts come at once", async () => {
    const { backend, proxy, container } = await sealed();
    const keys = [1, 2, 3, 4].map((part) => objectKey(`packs/p${part}`));
    await Promise.all(keys.map((each) => backend.put(each, body)));
    const made = proxy.requests.filter(
      ({ method, path }) => method === "PUT" && path.endsWith(`/${container}`),
    );
    expect(made).toHaveLength(1);
  });

  test("is an error of its own with create = no, for every call", async () => {
    const { client, container } = await sealed();
    const backend = client({ create: "no" });
    const missing = { code: "E_NO_CONTAINER", subject: container };
    await expect(backend.check()).rejects.toMatchObject(missing);
    await expect(backend.stat(key)).rejects.toMatchObject(missing);
    await expect(listed(backend)).rejects.toMatchObject(missing);
    await expect(readAll(backend.get(key))).rejects.toMatchObject(missing);
    await expect(backend.put(key, body)).rejects.toMatchObject(missing);
    await expect(backend.delete(key)).rejects.toMatchObject(missing);
    await expect(backend.cold?.thawState([key])).rejects.toMatchObject(missing);
  });
});

describe("a container of another policy", () => {
  test("is refused when it is opened, and nothing is put into it", async () => {
    const { backend, container } = await sealed();
    await asAdministrator("PUT", container, { "x-storage-policy": "hot" });
    const refused = { code: "E_STORAGE_CLASS", message: expect.stringContaining("hot") };
    await expect(backend.check()).rejects.toMatchObject(refused);
    await expect(backend.put(key, body)).rejects.toMatchObject(refused);
    expect((await asAdministrator("HEAD", container)).headers.get("x-container-object-count")).toBe(
      "0",
    );
  });

  test("is accepted where the settings name that policy, or none", async () => {
    const { client, container } = await sealed();
    await asAdministrator("PUT", container, { "x-storage-policy": "hot" });
    for (const policy of ["HOT", "none"]) {
      const backend = client({ policy });
      await backend.check();
      await backend.put(key, body);
      expect(backend.cold).toBeUndefined();
      expect(backend.tariff).toBeUndefined();
    }
  });

  test("that a store makes in silence is noticed before anything is put into it", async () => {
    const { backend, proxy, container } = await sealed();
    const act = { kind: "amend", headers: { "x-storage-policy": "PCS" } } as const;
    proxy.addFault({ method: "HEAD", path: new RegExp(`/${container}$`), skip: 1, act });
    await expect(backend.put(key, body)).rejects.toMatchObject({ code: "E_STORAGE_CLASS" });
    expect(await listed(backend)).toEqual([]);
  });

  test("that the store does not have is told before anything is made", async () => {
    const { client, container } = await sealed();
    const refused = client({ policy: "no-such-policy" }).put(key, body);
    await expect(refused).rejects.toMatchObject({ code: "E_STORAGE_CLASS" });
    expect((await asAdministrator("HEAD", container)).status).toBe(404);
  });
});

test("a listing is complete over many short pages, and leaves out what is no object", async () => {
  const { client, container } = await sealed();
  const backend = client({ prefix: "mine" }, { pageObjects: 3 });
  const keys = Array.from({ length: 11 }, (_, part) => objectKey(`packs/p${10 + part}`));
  for (const each of keys) await backend.put(each, body);
  await asAdministrator("PUT", `${container}/mine/packs`, {
    "content-type": "application/directory",
  });
  await asAdministrator("PUT", `${container}/mine/Upper`);
  await asAdministrator("PUT", `${container}/mine2`);
  expect(await listed(backend)).toEqual(keys);
  expect(await backend.stat(objectKey("packs"))).toBeUndefined();
  const page = client({ auth_url: swift().authUrl, policy: "none", prefix: "mine" });
  await expect(readAll(page.get(objectKey("packs")))).rejects.toMatchObject({
    code: "E_NOT_FOUND",
  });
});
