import { ColdstowError } from "@coldstow/contracts";

import type { Connection } from "./connection.ts";

/** GNU, Perl's (macOS) and BSD's: each reads its standard input and prints the digest first. */
const tools = ["sha256sum", "shasum -a 256", "sha256"] as const;
const ofNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export type DigestTool = (typeof tools)[number];

/** The text as one word of a POSIX shell, whatever it holds. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A login shell may print a greeting of its own before the answer. */
function digestIn(output: string): string | undefined {
  return /(?:^|\n)([0-9a-f]{64})(?=\s|$)/.exec(output)?.[1];
}

/**
 * Finds the command by which this server computes SHA-256. Nothing is written, and no path is run.
 * @param folder must be seen by the command, too: an SFTP session may be locked into a folder of its own
 */
export async function findDigestTool(
  connection: Connection,
  folder: string,
): Promise<DigestTool | undefined> {
  for (const tool of tools) {
    const { exitCode, stdout } = await connection.run(
      `cd ${shellWord(folder)} && ${tool} < /dev/null`,
    );
    if (exitCode === undefined) return undefined;
    if (exitCode === 0 && digestIn(stdout) === ofNothing) return tool;
  }
  return undefined;
}

/**
 * The SHA-256 of a file, or of its first bytes, computed by the server from what it holds.
 * @throws {E_IO} if the server gives none
 * @throws {E_TEMPORARY} if its shell ended, or did not begin in time
 */
export async function serverSha256(
  connection: Connection,
  tool: DigestTool,
  path: string,
  firstBytes?: number,
): Promise<string> {
  const file = shellWord(path);
  const command =
    firstBytes === undefined ? `${tool} < ${file}` : `head -c ${firstBytes} < ${file} | ${tool}`;
  const { exitCode, stdout } = await connection.run(command);
  const hex = exitCode === 0 ? digestIn(stdout) : undefined;
  if (hex !== undefined) return hex;
  if (exitCode === undefined) {
    throw new ColdstowError("E_TEMPORARY", `the server's shell ended before it gave a digest`, {
      subject: path,
      hint: "Look at what the server runs at each login, or say server_digest = no.",
    });
  }
  throw new ColdstowError("E_IO", `the server's ${tool} gave no digest of ${path}`, {
    subject: path,
    hint: "Look at the file on the server, or say server_digest = no.",
  });
}
