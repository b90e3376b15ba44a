/**
 * Lets faults of the network and of the server strike at random instants and checks what is left.
 * `node tests/faults/network.ts [--server sftp|gateway|swift|s3|all] [--times 50] [--seed N] [--size 8M]`
 */
import { parseArgs } from "node:util";
import { serverKinds, type ServerKind } from "../remote/remote-server.ts";
import { inTemporaryFolder } from "../tools/temporary-folder.ts";
import { networkRounds } from "./network-rounds.ts";

const { values } = parseArgs({
  options: {
    server: { type: "string", default: "all" },
    times: { type: "string", default: "50" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    size: { type: "string", default: "8M" },
  },
});
const units: Readonly<Record<string, number>> = { k: 1e3, M: 1e6, G: 1e9 };
const [, count, unit = ""] = /^(\d+)([kMG]?)$/.exec(values.size) ?? [];
if (count === undefined) throw new Error("--size is a number with k, M or G, such as 1G");
const sizeBytes = Number(count) * (units[unit] ?? 1);
const [times, seed] = [Number(values.times), Number(values.seed)];
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

const onProblem = ({ message }: Error): void => {
  process.exitCode = 1;
  tell(`PROBLEM: ${message}`);
};

const kinds = values.server === "all" ? serverKinds : [values.server as ServerKind];
for (const kind of kinds) {
  tell(`${kind}: ${times} faults, seed ${seed}, ${values.size}`);
  const figures = await inTemporaryFolder((folder) =>
    networkRounds(folder, { kind, times, seed, sizeBytes, tell, onProblem }),
  );
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
// Node tidies up at its end and may wait for ever, at full speed, for a connection that was cut.
process.exit();
