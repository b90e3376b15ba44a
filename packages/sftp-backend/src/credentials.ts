import { readFile } from "node:fs/promises";

import { ColdstowError } from "@coldstow/contracts";
import ssh2, { type AnyAuthMethod, type ParsedKey } from "ssh2";

import type { SftpConfig } from "./config.ts";

async function readKey(path: string, passphrase: string | undefined): Promise<ParsedKey> {
  let text: Buffer;
  try {
    text = await readFile(path);
  } catch (error) {
    throw new ColdstowError("E_CONFIG", `key_file ${path} cannot be read`, {
      subject: "key_file",
      cause: error,
    });
  }
  const parsed = ssh2.utils.parseKey(text, passphrase) as ParsedKey | ParsedKey[] | Error;
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key !== undefined && !(key instanceof Error)) {
    if (key.isPrivateKey()) return key;
    throw new ColdstowError("E_CONFIG", `key_file ${path} holds a public key, not a private one`, {
      subject: "key_file",
    });
  }
  const reason = key?.message ?? "";
  if (/no passphrase/i.test(reason)) {
    throw new ColdstowError(
      "E_CONFIG",
      `key_file ${path} is encrypted: key_passphrase is missing`,
      {
        subject: "key_passphrase",
      },
    );
  }
  if (passphrase !== undefined && !/unsupported key format|malformed/i.test(reason)) {
    throw new ColdstowError("E_AUTH", `key_passphrase does not open key_file ${path}`, {
      subject: "key_passphrase",
      hint: "Correct key_passphrase, or name the key that it belongs to.",
    });
  }
  throw new ColdstowError("E_CONFIG", `key_file ${path} is no private key that can be read`, {
    subject: "key_file",
    hint: "Name a key in OpenSSH's format or PEM; ssh-keygen -p -f FILE converts one.",
  });
}

/**
 * The ways to log in, in the order in which they are tried.
 * @throws {E_CONFIG | E_AUTH} if the key file cannot be read or opened
 */
export async function credentials(config: SftpConfig): Promise<readonly AnyAuthMethod[]> {
  const { user: username, password, agent, keyFile } = config;
  const methods: AnyAuthMethod[] = [];
  if (keyFile !== undefined) {
    const key = await readKey(keyFile, config.keyPassphrase);
    methods.push({ type: "publickey", username, key });
  }
  if (agent !== undefined) methods.push({ type: "agent", username, agent });
  if (password !== undefined) {
    methods.push(
      { type: "password", username, password },
      {
        type: "keyboard-interactive",
        username,
        prompt: (_name, _instructions, _language, prompts, finish) =>
          // A question whose answer would be shown is not one for a password.
          finish(prompts.map(({ echo }) => (echo === true ? "" : password))),
      },
    );
  }
  return methods;
}
