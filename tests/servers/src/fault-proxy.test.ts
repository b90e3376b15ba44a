import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { startFaultProxy, type FaultProxy } from "./fault-proxy.ts";

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A server that sends back what it is sent. */
async function echoing(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(async () => server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

async function proxied(): Promise<FaultProxy> {
  const proxy = await startFaultProxy((await echoing()).port);
  closing.push(() => proxy.close());
  return proxy;
}

async function connected(proxy: FaultProxy): Promise<Socket> {
  const socket = connect({ port: proxy.port, host: "127.0.0.1" });
  closing.push(async () => socket.destroy());
  await once(socket, "connect");
  return socket;
}

async function failure(socket: Socket): Promise<string> {
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  return error.code ?? "";
}

async function read(socket: Socket, bytes: number): Promise<string> {
  let text = "";
  while (text.length < bytes) text += String((await once(socket, "data"))[0]);
  return text;
}

it("forwards both ways and counts the bytes", async () => {
  const proxy = await proxied();
  const socket = await connected(proxy);
  socket.write("hello");
  expect(await read(socket, 5)).toBe("hello");
  expect(proxy).toMatchObject({ toServerBytes: 5, toClientBytes: 5, connections: 1 });
});

it("passes the end of one direction on and lets the other finish", async () => {
  const proxy = await proxied();
  const socket = await connected(proxy);
  const large = Buffer.alloc(3_000_000, "x");
  socket.end(large);
  let received = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) received += chunk.length;
  expect(received).toBe(large.length);
});

it("resets every connection at once", async () => {
  const proxy = await proxied();
  const sockets = [await connected(proxy), await connected(proxy)];
  for (const socket of sockets) {
    socket.write("x");
    await read(socket, 1);
  }
  const failures = Promise.all(sockets.map(failure));
  expect(proxy.cutAll()).toBe(2);
  expect(await failures).toEqual(["ECONNRESET", "ECONNRESET"]);
  expect(proxy.connections).toBe(0);
});

it.each(["to-server", "to-client"] as const)(
  "resets after exactly so many further bytes %s",
  async (direction) => {
    const proxy = await proxied();
    const socket = await connected(proxy);
    socket.write("12345");
    await read(socket, 5);
    proxy.cutAfter(100_000, direction);
    socket.write(Buffer.alloc(300_000));
    socket.resume();
    expect(await failure(socket)).toMatch(/ECONNRESET|EPIPE/u);
    const count = direction === "to-server" ? proxy.toServerBytes : proxy.toClientBytes;
    expect(count).toBe(100_005);
    const next = await connected(proxy);
    next.write("again");
    expect(await read(next, 5)).toBe("again");
  },
);

it("forwards nothing while it stalls, and all of it afterwards", async () => {
  const proxy = await proxied();
  const before = await connected(proxy);
  proxy.stall();
  const during = await connected(proxy);
  before.write("one");
  during.write("two");
  const another = await proxied();
  const elsewhere = await connected(another);
  elsewhere.write("x");
  await read(elsewhere, 1);
  expect(proxy.toServerBytes).toBe(0);
  proxy.unstall();
  expect(await Promise.all([read(before, 3), read(during, 3)])).toEqual(["one", "two"]);
});

it("refuses connections until it accepts again, on the same port, and leaves open ones alone", async () => {
  const proxy = await proxied();
  const open = await connected(proxy);
  const { port } = proxy;
  proxy.refuse();
  expect(await failure(connect({ port, host: "127.0.0.1" }))).toBe("ECONNREFUSED");
  open.write("still");
  expect(await read(open, 5)).toBe("still");
  await proxy.accept();
  const socket = await connected(proxy);
  socket.write("back");
  expect(await read(socket, 4)).toBe("back");
  expect(proxy.port).toBe(port);
});

it("resets the client where the server is gone, and follows it to another port", async () => {
  const proxy = await proxied();
  const { server, port } = await echoing();
  await new Promise((resolve) => server.close(resolve));
  const was = proxy.targetPort;
  proxy.targetPort = port;
  expect(await failure(await connected(proxy))).toBe("ECONNRESET");
  proxy.targetPort = was;
  const socket = await connected(proxy);
  socket.write("here");
  expect(await read(socket, 4)).toBe("here");
});

it("tells when so many bytes have passed", async () => {
  const proxy = await proxied();
  const socket = await connected(proxy);
  const passed = proxy.forwarded(10, "to-server");
  socket.write("0123456789");
  await passed;
  await proxy.forwarded(3, "to-client");
  expect(proxy.toServerBytes).toBe(10);
});
