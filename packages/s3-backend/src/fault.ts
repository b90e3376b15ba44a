/** What an error of the SDK tells, without anything secret. */
export interface Fault {
  /** The store's own name of the error, such as `NoSuchBucket`; else the class of the error. */
  readonly name: string;
  readonly status: number | undefined;
  /** For people, on one line. */
  readonly text: string;
  /** The bucket's region, where the store tells it. */
  readonly region: string | undefined;
  /** ISO 8601 UTC. */
  readonly retryAt: string | undefined;
}

type Loose = Readonly<Record<string, unknown>>;

function loose(value: unknown): Loose {
  return typeof value === "object" && value !== null ? (value as Loose) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function headersOf(error: Loose): ReadonlyMap<string, string> {
  const headers = Object.entries(loose(loose(error["$response"])["headers"]));
  return new Map(headers.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** The time of a `Retry-After` header, which is a number of seconds or a date. */
function retryAtOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const time = /^\d{1,8}$/.test(value) ? Date.now() + Number(value) * 1000 : Date.parse(value);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function regionOf(error: Loose, headers: ReadonlyMap<string, string>): string | undefined {
  const message = textOf(error["message"]) ?? "";
  const told =
    headers.get("x-amz-bucket-region") ??
    textOf(error["Region"]) ??
    /expecting '([a-z0-9-]+)'/.exec(message)?.[1];
  return told !== undefined && /^[a-z0-9-]{2,40}$/.test(told) ? told : undefined;
}

/** The text without control characters, secrets and signatures, cut to a line. */
export function redacted(text: string, secrets: readonly string[]): string {
  const shortEnough = secrets.filter((secret) => secret.length > 0);
  let clean = text;
  // The longest first: one secret may hold another.
  for (const secret of shortEnough.toSorted((one, other) => other.length - one.length)) {
    clean = clean.replaceAll(secret, "…").replaceAll(encodeURIComponent(secret), "…");
  }
  return (
    clean
      .replaceAll(/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, "…")
      .replaceAll(/(Signature=|Credential=|X-Amz-Security-Token=)[^\s,&"']+/gi, "$1…")
      // oxlint-disable-next-line no-control-regex -- a store's text must not steer a terminal
      .replaceAll(/[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]+/g, " ")
      .slice(0, 500)
  );
}

/** Reads an error that the SDK, Node or the store has made. */
export function describeFault(error: unknown, secrets: readonly string[]): Fault {
  const fields = loose(error);
  const metadata = loose(fields["$metadata"]);
  const status = metadata["httpStatusCode"];
  const name = textOf(fields["Code"]) ?? textOf(fields["name"]) ?? "";
  const headers = headersOf(fields);
  const message = textOf(fields["message"]) ?? textOf(fields["code"]) ?? String(error);
  const known = typeof status === "number" ? `${name} (${status}): ${message}` : message;
  return {
    name,
    status: typeof status === "number" ? status : undefined,
    text: redacted(known, secrets),
    region: regionOf(fields, headers),
    retryAt: retryAtOf(headers.get("retry-after")),
  };
}
