import { expect, test } from "vitest";
import { serverKinds } from "../remote/remote-server.ts";
import { inTemporaryFolder } from "../tools/temporary-folder.ts";
import { networkRounds } from "./network-rounds.ts";

const seed = 31;
const faults = 3;

test.each(serverKinds)(
  "%s: whatever the network and the server do, nothing is lost or stored twice, and resume brings all to its end",
  async (kind) => {
    const options = { kind, times: faults, seed, sizeBytes: 4_000_000 };
    const figures = await inTemporaryFolder((folder) => networkRounds(folder, options));
    process.stdout.write(`network faults with seed ${seed}: ${JSON.stringify(figures)}\n`);
    expect(figures.faults).toBe(faults);
    expect(figures.working).toBeGreaterThan(0);
  },
  180_000,
);
