import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";

import { onTestFinished } from "vitest";

/** When a PUT is answered, and what becomes of the line; its body is never read to its end. */
export interface EarlyAnswer {
  readonly status: number;
  readonly code: string;
  /** `headers`: before any of the body; `body`: after some of it was asked for and read. */
  readonly after: "headers" | "body";
  readonly closes: boolean;
}

export interface AnsweringServer {
  readonly endpoint: string;
  /** Fulfils with the line on which nothing is read any more. */
  readonly silent: Promise<Socket>;
}

function answerOf({ status, code }: EarlyAnswer): string {
  const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
  return `HTTP/1.1 ${status} No\r\nContent-Type: application/xml\r\nContent-Length: ${xml.length}\r\n\r\n${xml}`;
}

/**
 * A store with an empty bucket that refuses a PUT while its body is on its way; without an answer it
 * says nothing at all. After `look` it is silent from the first request on. It ends with the test.
 */
export async function answeringServer(
  after: EarlyAnswer["after"] | "look",
  answer?: EarlyAnswer,
): Promise<AnsweringServer> {
  const sockets = new Set<Socket>();
  const silent = Promise.withResolvers<Socket>();
  const refuse = (socket: Socket): void => {
    socket.pause();
    if (answer !== undefined) socket.write(answerOf(answer));
    if (answer?.closes === true) socket.destroySoon();
    silent.resolve(socket);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    let head = "";
    socket.on("error", () => undefined);
    let refused = false;
    socket.on("data", (chunk) => {
      if (refused) return;
      head += chunk.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      const [method = "", path = ""] = head.split(" ");
      if (method !== "PUT" && after !== "look") {
        const status = path.split("/").length > 2 && !path.endsWith("/") ? 404 : 200;
        head = "";
        socket.write(`HTTP/1.1 ${status} Told\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      if (after === "body" && head.length === end + 4) {
        socket.write("HTTP/1.1 100 Continue\r\n\r\n");
        return;
      }
      refused = true;
      refuse(socket);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, silent: silent.promise };
}
