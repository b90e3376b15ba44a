import type { Account } from "@coldstow/backend-testkit";

/** What a check will do, told before it is confirmed. */
export interface CheckPlan {
  readonly destination: string;
  readonly title: string;
  readonly prefix: string;
  readonly objects: number;
  readonly groups: readonly string[];
  readonly isCold: boolean;
  /** The price list that fits; null where it costs nothing, or is not known. */
  readonly tariff: string | null;
}

/** The plan for an account. */
export function checkPlan(
  destination: string,
  title: string,
  account: Account,
  chosen: { readonly objects: number; readonly groups: readonly string[] },
): CheckPlan {
  const { backend, prefix } = account;
  const tariff = backend.tariff ?? null;
  return { destination, title, prefix, ...chosen, isCold: backend.cold !== undefined, tariff };
}

/** The plan, for people. */
export function checkPlanText({ title, prefix, objects, isCold, tariff }: CheckPlan): string {
  return [
    `The check stores and removes small objects below ${prefix} in ${title}; nothing else is touched.`,
    "To know this, the destination was opened and that prefix looked for; a server's host key that was not known is remembered. Nothing is stored yet.",
    `It makes up to ${objects} objects at a time, some thousand requests, and sends some 40 MiB.`,
    ...(tariff === null ? [] : [`Requests and traffic are charged by the price list ${tariff}.`]),
    ...(isCold
      ? [
          "Objects may freeze there: what would have to wait for a thaw is left out, and the provider may charge its minimum storage time for each object that is removed.",
        ]
      : []),
  ].join("\n");
}
