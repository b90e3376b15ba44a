import { Flags } from "@oclif/core";
import { parseByteRate } from "./render/size.ts";

const helpGroup = "GLOBAL";

export const progressModes = ["auto", "bar", "lines", "json", "none"] as const;
export type ProgressMode = (typeof progressModes)[number];

/** Flags that every command takes; each is also an environment variable. */
export const globalFlags = {
  json: Flags.boolean({
    description: "answer with one JSON document on stdout",
    env: "COLDSTOW_JSON",
    helpGroup,
  }),
  quiet: Flags.boolean({
    char: "q",
    description: "say only what went wrong",
    env: "COLDSTOW_QUIET",
    exclusive: ["verbose"],
    helpGroup,
  }),
  verbose: Flags.boolean({
    char: "v",
    description: "name every item that is worked on",
    env: "COLDSTOW_VERBOSE",
    helpGroup,
  }),
  "dry-run": Flags.boolean({
    char: "n",
    description: "show what would be done and change nothing",
    env: "COLDSTOW_DRY_RUN",
    helpGroup,
  }),
  yes: Flags.boolean({
    char: "y",
    description: "take every question as answered with yes",
    env: "COLDSTOW_YES",
    helpGroup,
  }),
  "no-input": Flags.boolean({
    description: "never ask; fail where an answer is needed",
    env: "COLDSTOW_NO_INPUT",
    helpGroup,
  }),
  progress: Flags.option({
    description: "how progress is shown on stderr",
    env: "COLDSTOW_PROGRESS",
    default: "auto",
    helpGroup,
    options: progressModes,
  })(),
  "password-file": Flags.string({
    description: "a file whose one line is the passphrase",
    env: "COLDSTOW_PASSWORD_FILE",
    helpGroup,
    helpValue: "FILE",
  }),
  "password-command": Flags.string({
    description: "a command that prints the passphrase",
    env: "COLDSTOW_PASSWORD_COMMAND",
    helpGroup,
    helpValue: "COMMAND",
  }),
  jobs: Flags.integer({
    description: "how many packs are worked on at once",
    env: "COLDSTOW_JOBS",
    helpGroup,
    helpValue: "N",
    min: 1,
    max: 64,
  }),
  bwlimit: Flags.custom<number>({
    description: "bytes a second that may be sent, such as 2M",
    env: "COLDSTOW_BWLIMIT",
    helpGroup,
    helpValue: "RATE",
    parse: async (text) => parseByteRate(text),
  })(),
};

/** The global flags as a command uses them. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly noInput: boolean;
  readonly progress: ProgressMode;
  readonly passwordFile: string | undefined;
  readonly passwordCommand: string | undefined;
  readonly jobs: number | undefined;
  readonly bytesPerSecond: number | undefined;
}

/** Gives parsed flags their names in code; what is missing counts as not given. */
export function globalOptions(flags: Readonly<Record<string, unknown>>): GlobalOptions {
  const text = (name: string): string | undefined =>
    typeof flags[name] === "string" ? flags[name] : undefined;
  const number = (name: string): number | undefined =>
    typeof flags[name] === "number" ? flags[name] : undefined;
  return {
    json: flags["json"] === true,
    quiet: flags["quiet"] === true,
    verbose: flags["verbose"] === true,
    dryRun: flags["dry-run"] === true,
    yes: flags["yes"] === true,
    noInput: flags["no-input"] === true,
    progress: progressModes.find((mode) => mode === flags["progress"]) ?? "auto",
    passwordFile: text("password-file"),
    passwordCommand: text("password-command"),
    jobs: number("jobs"),
    bytesPerSecond: number("bwlimit"),
  };
}
