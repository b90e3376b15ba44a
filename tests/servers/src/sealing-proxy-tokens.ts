import { randomBytes } from "node:crypto";

/** Who asks for a token, by either of the two ways. */
export interface Applicant {
  readonly user: string;
  readonly key: string;
}

/** A token of the proxy's own, and where its bearer's objects are. */
export interface Grant {
  readonly token: string;
  readonly storagePath: string;
}

interface KeystoneBody {
  readonly auth?: {
    readonly identity?: {
      readonly password?: {
        readonly user?: {
          readonly name?: unknown;
          readonly password?: unknown;
          readonly domain?: { readonly name?: unknown };
        };
      };
    };
    readonly scope?: {
      readonly project?: { readonly name?: unknown; readonly domain?: { readonly name?: unknown } };
    };
  };
}

/** What a Keystone v3 request says; undefined where it lacks what OVH's Keystone needs. */
export function keystoneApplicant(body: string): Applicant | undefined {
  const { auth } = JSON.parse(body) as KeystoneBody;
  const user = auth?.identity?.password?.user;
  const project = auth?.scope?.project;
  if (user?.domain?.name !== "Default" || project?.domain?.name !== "Default") return undefined;
  return { user: `${String(project.name)}:${String(user.name)}`, key: String(user.password) };
}

function endpoint(region: string, kind: string, url: string): object {
  return { interface: kind, region, region_id: region, url };
}

/** The answer of Keystone v3: a catalogue of which only the endpoint of `region` is reachable. */
export function keystoneAnswer(region: string, storageUrl: string): string {
  const unreachable = "http://127.0.0.1:9/v1/AUTH_elsewhere";
  const catalog = [
    { type: "image", endpoints: [endpoint(region, "public", unreachable)] },
    {
      type: "object-store",
      endpoints: [
        endpoint("ELSEWHERE", "public", unreachable),
        endpoint(region, "admin", unreachable),
        endpoint(region, "public", storageUrl),
      ],
    },
  ];
  const expires_at = new Date(Date.now() + 86_400_000).toISOString();
  return JSON.stringify({ token: { methods: ["password"], expires_at, catalog } });
}

/** Tokens that can be made invalid at any moment, over tempauth's, which cannot. */
export class Tokens {
  readonly #target: string;
  readonly #real: Map<string, string> = new Map();
  /** How many were given out. */
  granted = 0;

  constructor(target: string) {
    this.#target = target;
  }

  /** Asks tempauth; undefined where it refuses. */
  async grant({ user, key }: Applicant): Promise<Grant | undefined> {
    const headers = { "x-auth-user": user, "x-auth-key": key };
    const answer = await fetch(new URL("/auth/v1.0", this.#target), { headers });
    const real = answer.headers.get("x-auth-token");
    const storageUrl = answer.headers.get("x-storage-url");
    if (real === null || storageUrl === null) return undefined;
    const token = `token-${randomBytes(12).toString("hex")}`;
    this.#real.set(token, real);
    this.granted += 1;
    return { token, storagePath: new URL(storageUrl).pathname };
  }

  realTokenOf(token: unknown): string | undefined {
    return typeof token === "string" ? this.#real.get(token) : undefined;
  }

  expireAll(): void {
    this.#real.clear();
  }
}
