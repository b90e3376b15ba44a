import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** One line of known_hosts(5) that speaks of the host in question. */
export interface KnownHostKey {
  readonly marker: "revoked" | "cert-authority" | undefined;
  readonly type: string;
  readonly blob: Buffer;
}

/** `SHA256:…`, as `ssh-keygen -l` prints it. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** The kind of a public key, which its first field names (RFC 4253, section 6.6). */
export function keyTypeOf(blob: Buffer): string {
  const length = blob.length < 4 ? 0 : blob.readUInt32BE();
  return blob.subarray(4, 4 + Math.min(length, 64)).toString("latin1");
}

/** How known_hosts names a host: the port only where it is not 22. */
export function hostLabel(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "i");
}

function matchesHashed(field: string, label: string): boolean {
  const [salt = "", expected = ""] = field.slice("|1|".length).split("|");
  const wanted = Buffer.from(expected, "base64");
  const found = createHmac("sha1", Buffer.from(salt, "base64")).update(label).digest();
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}

function matchesHosts(field: string, label: string): boolean {
  if (field.startsWith("|1|")) return matchesHashed(field, label);
  const patterns = field.split(",");
  const excluded = patterns.some(
    (one) => one.startsWith("!") && wildcard(one.slice(1)).test(label),
  );
  return !excluded && patterns.some((one) => !one.startsWith("!") && wildcard(one).test(label));
}

/**
 * The lines of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT") that name the host, in
 * their order. Comments and lines that cannot be read are passed over.
 */
export function knownKeys(text: string, label: string): readonly KnownHostKey[] {
  const found: KnownHostKey[] = [];
  for (const line of text.split(/\r?\n/)) {
    const fields = line.trim().split(/\s+/);
    const marked = /^@(revoked|cert-authority)$/.exec(fields[0] ?? "");
    if (marked !== null) fields.shift();
    const [hosts, type, base64] = fields;
    if (hosts === undefined || type === undefined || base64 === undefined) continue;
    if (hosts.startsWith("#") || hosts.startsWith("@")) continue;
    const blob = Buffer.from(base64, "base64");
    if (blob.length === 0 || keyTypeOf(blob) !== type || !matchesHosts(hosts, label)) continue;
    found.push({ marker: marked?.[1] as KnownHostKey["marker"], type, blob });
  }
  return found;
}
