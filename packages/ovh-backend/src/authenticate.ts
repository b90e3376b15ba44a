import { ColdstowError } from "@coldstow/contracts";

import { isTempauth, type OvhConfig } from "./config.ts";
import { after, notUnderstood, retryAtOf, statusError } from "./errors.ts";
import { drop, readJson, type HttpAnswer, type HttpClient, type HttpRequest } from "./http.ts";

/** A token and where it is good for. */
export interface Access {
  readonly token: string;
  /** The account's URL, without a slash at its end. */
  readonly storageUrl: string;
  /** When to ask for another, before this one ends: milliseconds since 1970. */
  readonly renewAtMs: number;
}

const doing = "asking for a token";
const dayMs = 86_400_000;
const renewBeforeMs = 5 * 60_000;
const projectId = /^[0-9a-f]{32}$/;

/** A body that is on its way when its token ends would have to be sent twice. */
function renewalOf(lifeMs: number): number {
  const life = Number.isNaN(lifeMs) ? dayMs : Math.max(0, lifeMs);
  return Date.now() + Math.max(life - renewBeforeMs, life / 2);
}

interface Endpoint {
  readonly region: string;
  readonly url: string;
}

function authError(answer: HttpAnswer, subject: string): ColdstowError {
  const { status } = answer;
  if (status === 401 || status === 403 || status === 404) {
    return new ColdstowError(
      "E_AUTH",
      `the tenant, user and password were refused (HTTP ${status})`,
      { subject },
    );
  }
  if (status === 429) {
    return new ColdstowError("E_THROTTLED", "too many tokens were asked for in a minute", {
      subject,
      hint: "Wait a minute; OVH gives 60 tokens a minute to a user.",
      retryAt: retryAtOf(answer) ?? after(60),
    });
  }
  return statusError(answer, doing, subject);
}

async function tempauth(http: HttpClient, config: OvhConfig): Promise<Access> {
  const { authUrl: url, tenant, user, password } = config;
  const name = tenant === "" || user.includes(":") ? user : `${tenant}:${user}`;
  const headers = { "x-auth-user": name, "x-auth-key": password };
  const request: HttpRequest = { method: "GET", url, headers, doing, subject: url.host };
  const answer = await http.send(request);
  await drop(answer);
  if (answer.status < 200 || answer.status > 299) throw authError(answer, url.host);
  const token = answer.headers["x-auth-token"];
  const storageUrl = answer.headers["x-storage-url"];
  if (token === undefined || storageUrl === undefined) {
    throw notUnderstood("the answer of tempauth", url.host);
  }
  const lifeMs = Number(answer.headers["x-auth-token-expires"] ?? Number.NaN) * 1000;
  return { token, storageUrl, renewAtMs: renewalOf(lifeMs) };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function objectStores(answer: unknown): readonly Endpoint[] {
  const catalog: unknown = (answer as { token?: { catalog?: unknown } } | null)?.token?.catalog;
  if (!Array.isArray(catalog)) return [];
  return (catalog as { type?: unknown; endpoints?: unknown }[])
    .filter((service) => service?.type === "object-store" && Array.isArray(service.endpoints))
    .flatMap((service) => service.endpoints as Readonly<Record<string, unknown>>[])
    .filter((endpoint) => endpoint?.["interface"] === "public")
    .map((endpoint) => ({
      region: textOf(endpoint["region"]) || textOf(endpoint["region_id"]),
      url: textOf(endpoint["url"]),
    }));
}

function endpointOf(config: OvhConfig, answer: unknown): string {
  if (config.storageUrl !== undefined) return config.storageUrl.href;
  const endpoints = objectStores(answer);
  const region = config.region.toLowerCase();
  const found = endpoints.find((endpoint) => endpoint.region.toLowerCase() === region);
  if (found !== undefined) return found.url;
  const known = endpoints.map((endpoint) => endpoint.region).join(", ") || "none";
  throw new ColdstowError(
    "E_CONFIG",
    `the project has no object storage in the region ${config.region}; it has: ${known}`,
    { subject: "region" },
  );
}

/** https://docs.openstack.org/api-ref/identity/v3/#password-authentication-with-scoped-authorization */
async function keystone(http: HttpClient, config: OvhConfig): Promise<Access> {
  const { tenant, user, password } = config;
  const domain = { name: "Default" };
  const project = projectId.test(tenant) ? { id: tenant } : { name: tenant, domain };
  const url = new URL(config.authUrl);
  const path = url.pathname.replace(/\/+$/, "").replace(/\/auth\/tokens$/, "");
  url.pathname = `${path === "" ? "/v3" : path}/auth/tokens`;
  const request: HttpRequest = {
    method: "POST",
    url,
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ["password"],
          password: { user: { name: user, domain, password } },
        },
        scope: { project },
      },
    }),
    doing,
    subject: url.host,
  };
  const answer = await http.send(request);
  if (answer.status !== 201 && answer.status !== 200) {
    await drop(answer);
    throw authError(answer, url.host);
  }
  const token = answer.headers["x-subject-token"];
  const body = await readJson(answer, request);
  if (token === undefined) throw notUnderstood("the answer of Keystone", url.host);
  const ends = Date.parse(
    textOf((body as { token?: { expires_at?: unknown } } | null)?.token?.expires_at),
  );
  return { token, storageUrl: endpointOf(config, body), renewAtMs: renewalOf(ends - Date.now()) };
}

/**
 * Asks for a token, by Keystone version 3 or tempauth as the URL says.
 * @throws {E_AUTH} if the credentials are refused
 * @throws {E_THROTTLED} if too many tokens were asked for
 * @throws {E_CONFIG} if the project has no storage in the region
 */
export async function authenticate(http: HttpClient, config: OvhConfig): Promise<Access> {
  const access = await (isTempauth(config.authUrl) ? tempauth : keystone)(http, config);
  const storageUrl = (config.storageUrl?.href ?? access.storageUrl).replace(/\/+$/, "");
  if (!URL.canParse(storageUrl)) throw notUnderstood("the account's URL", config.authUrl.host);
  return { ...access, storageUrl };
}
