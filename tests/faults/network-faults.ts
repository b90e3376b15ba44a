import { setTimeout as wait } from "node:timers/promises";
import type { HttpFault } from "@coldstow/test-servers/fault-proxy-http";
import type { CliRun } from "../remote/coldstow-cli.ts";
import type { RemoteServer } from "../remote/remote-server.ts";

/** What goes wrong between a command and a server, or at the server, or to the command itself. */
export interface NetworkFault {
  readonly name: string;
  /** Undefined where the server cannot go wrong in this way. */
  readonly possible: (server: RemoteServer) => boolean;
  /** Begins; resolves when it has passed, or when it stays until {@link heal}. `random` yields 0 <= x < 1. */
  readonly strike: (server: RemoteServer, random: () => number, run: CliRun) => Promise<void>;
  /** Exit statuses that tell a person of this fault, besides those of every fault. */
  readonly codes?: readonly number[];
}

const anywhere = (): boolean => true;
const overHttp = ({ http }: RemoteServer): boolean => http !== undefined;

/** A pause after which a person's network is back, in milliseconds. */
function shortly(random: () => number): number {
  return 50 + random() * 1000;
}

/** Every fault; which of them strikes, and when, is drawn from a seed. */
export const networkFaults: readonly NetworkFault[] = [
  {
    name: "the server is killed and comes back",
    possible: anywhere,
    strike: async (server, random) => {
      await server.kill();
      await wait(shortly(random));
      await server.restart();
    },
  },
  {
    name: "the server is killed and stays away",
    possible: anywhere,
    strike: async (server) => server.kill(),
  },
  {
    name: "every connection is reset once",
    possible: anywhere,
    strike: async ({ proxy }) => void proxy.cutAll(),
  },
  {
    name: "connections are reset again and again",
    possible: anywhere,
    strike: async ({ proxy }, random) => {
      for (let left = 3 + Math.floor(random() * 6); left > 0; left -= 1) {
        proxy.cutAfter(Math.floor(random() * 400_000), random() < 0.7 ? "to-server" : "to-client");
        await wait(50 + random() * 250);
      }
    },
  },
  {
    name: "new connections are refused for a while, and the open ones reset",
    possible: anywhere,
    strike: async ({ proxy }, random) => {
      proxy.refuse();
      proxy.cutAll();
      await wait(shortly(random));
      await proxy.accept();
    },
  },
  {
    name: "connections fall silent and come back",
    possible: anywhere,
    strike: async ({ proxy }, random) => {
      proxy.stall();
      await wait(shortly(random));
      proxy.unstall();
    },
  },
  {
    name: "connections fall silent for good",
    possible: ({ isLeftWhenSilent }) => isLeftWhenSilent,
    strike: async ({ proxy }) => proxy.stall(),
  },
  {
    name: "the server's disk is full",
    possible: ({ fillDisk }) => fillDisk !== undefined,
    // An SFTP server may have no word for it but "Failure".
    codes: [1, 16],
    strike: async ({ fillDisk }, random) => fillDisk?.(Math.floor(random() * 300_000)),
  },
  {
    name: "the command is killed",
    possible: anywhere,
    codes: [],
    strike: async (_, __, run) => run.kill(),
  },
  {
    name: "the server asks to be left alone (429)",
    possible: overHttp,
    strike: async (server, random) =>
      some(server, random, { type: "answer", status: 429, retryAfterSeconds: 1 }),
  },
  {
    name: "the server is overloaded (503)",
    possible: overHttp,
    strike: async (server, random) =>
      some(server, random, { type: "answer", status: 503, retryAfterSeconds: 1 }),
  },
  {
    name: "the server errs (500)",
    possible: overHttp,
    strike: async (server, random) => some(server, random, { type: "answer", status: 500 }),
  },
  {
    name: "a request breaks off",
    possible: overHttp,
    strike: async (server, random) =>
      some(server, random, { type: "cut-request", afterBytes: 1 + Math.floor(random() * 500_000) }),
  },
  {
    name: "an answer breaks off",
    possible: overHttp,
    strike: async (server, random) =>
      some(server, random, { type: "cut-answer", afterBytes: 1 + Math.floor(random() * 200_000) }),
  },
  {
    name: "the server has done it, and its answer is lost",
    possible: overHttp,
    strike: async (server, random) => some(server, random, { type: "lose-answer" }),
  },
];

/** Lets the next few requests fail, and a part of those after them. */
function some({ http }: RemoteServer, random: () => number, fault: HttpFault): void {
  if (http === undefined) return;
  let left = 1 + Math.floor(random() * 6);
  const share = random() < 0.5 ? 1 : 0.5;
  http.rule = () => {
    if (left <= 0 || random() > share) return undefined;
    left -= 1;
    return fault;
  };
}

/** Ends every fault: the server runs, answers and has room. */
export async function heal(server: RemoteServer, killed: boolean): Promise<void> {
  if (server.http !== undefined) server.http.rule = undefined;
  server.proxy.cutAfter(Infinity);
  if (killed) await server.restart();
  await server.freeDisk();
  server.proxy.cutAll();
  server.proxy.unstall();
  await server.proxy.accept();
}
