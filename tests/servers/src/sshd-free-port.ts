import { randomInt } from "node:crypto";
import { createServer } from "node:net";

async function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = createServer();
  probe.once("error", () => resolve(false));
  probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  return await promise;
}

/**
 * A port of 127.0.0.1 that nobody listens on. It lies below those that the kernel gives to outgoing
 * connections and to port 0, so that a server which is down for a while finds it free again.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    const port = randomInt(10_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error("no free port was found on 127.0.0.1");
}
