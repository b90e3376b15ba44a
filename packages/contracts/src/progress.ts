import type { ErrorCode } from "./error-table.ts";

export type Stage =
  | "scan"
  | "plan"
  | "pack"
  | "push"
  | "catalogue"
  | "verify"
  | "thaw"
  | "fetch"
  | "restore"
  | "recover"
  | "delete"
  | "update"
  | "image"
  | "burn";

/** What happened to one item. `left-out`: of a kind that is never stored, such as a socket. */
export type ItemOutcome =
  | "stored"
  | "linked"
  | "unchanged"
  | "restored"
  | "verified"
  | "repaired"
  | "deleted"
  | "skipped"
  | "left-out"
  | "changed-while-read"
  | "vanished"
  | "unreadable"
  | "damaged"
  | "missing"
  | "failed";

/** What a library tells while it works. Libraries emit these and never print. */
export type ProgressEvent =
  | {
      readonly type: "stage";
      readonly stage: Stage;
      /** Totals, where they are known when the stage begins. */
      readonly totalBytes?: number;
      readonly totalItems?: number;
    }
  | {
      readonly type: "advance";
      readonly stage: Stage;
      /** Done since the stage began. */
      readonly doneBytes: number;
      readonly doneItems: number;
      readonly current?: string;
    }
  | {
      readonly type: "item";
      readonly outcome: ItemOutcome;
      /** An archive path or an object key, for people: see `displayPath`. */
      readonly name: string;
      readonly code?: ErrorCode;
      readonly message?: string;
    }
  | {
      readonly type: "wait";
      readonly reason: string;
      /** ISO 8601 UTC. */
      readonly until?: string;
      /** Where frozen objects are waited for, not an answer: when they are ready, about, if that is known. ISO 8601 UTC. */
      readonly thaw?: { readonly readyAt?: string };
    }
  | { readonly type: "warning"; readonly message: string; readonly code?: ErrorCode }
  | { readonly type: "summary"; readonly figures: Readonly<Record<string, number | string>> };

export type ProgressSink = (event: ProgressEvent) => void;

/** A sink for callers that do not want to be told. */
export const silent: ProgressSink = () => undefined;
