/** What a look at one thing found. */
export interface Check {
  readonly name: string;
  /** `advice`: coldstow works, but something useful is not there. */
  readonly state: "ok" | "advice" | "failed";
  readonly found: string;
  readonly advice?: string;
}
