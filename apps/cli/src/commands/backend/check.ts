import { exitCodes } from "@coldstow/contracts";
import { Args, Flags } from "@oclif/core";
import { destinationFlag, EngineCommand } from "../../engine/engine-command.ts";
import { groupNames } from "../../backend-check/group-names.ts";
import { tell } from "../../output.ts";

const defaultObjects = 1100;

export default class BackendCheck extends EngineCommand {
  static override summary = "Prove that a destination keeps its promises.";
  static override description =
    "Runs the conformance scenarios against a real account, below a fresh prefix of its own: nothing else is touched, and everything is removed at the end. A destination is named by a URL, or as one of an ini file's. Secrets never stand in a URL: ?password_env=NAME, ?password_file=FILE and ?password_command=COMMAND say where to find them. Ends with 1 where a scenario fails.";
  static override examples = [
    "<%= config.bin %> backend check sftp://ann@nas/backup",
    "<%= config.bin %> backend check 's3://bucket/prefix?profile=aws-deep-archive'",
    "<%= config.bin %> backend check file:///mnt/nas --only listing --only ranges",
    "<%= config.bin %> backend check photos.ini --destination sftp:nas",
  ];

  static override args = {
    target: Args.string({
      name: "URL|INI",
      description: "the destination's URL, or an ini file",
      required: true,
    }),
  };

  static override flags = {
    destination: destinationFlag,
    only: Flags.string({
      description: `only this group of scenarios; may be given several times: ${groupNames.join(", ")}`,
      helpValue: "GROUP",
      multiple: true,
    }),
    objects: Flags.integer({
      description: `how many objects a listing must show; default ${defaultObjects}`,
      helpValue: "N",
      min: 1,
      max: 100_000,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BackendCheck);
    const { chosenGroups, runCheck } = await import("../../backend-check/run-check.ts");
    const groups = chosenGroups(flags.only);
    const objects = flags.objects ?? defaultObjects;
    const [{ openAccount }, { retryingNamed }, { checkPlan, checkPlanText }] = await Promise.all([
      import("@coldstow/backend-testkit"),
      import("../../plugins/named-destination.ts"),
      import("../../backend-check/check-plan.ts"),
    ]);
    const named = await this.named(args.target, flags.destination);
    // Without the signal: what was stored is removed also after an interruption.
    const { progress, stateDirectory } = await this.backendContext();
    const context = { progress, stateDirectory };
    const account = await openAccount({
      open: () => named.plugin.open(named.settings, context),
      patient: (client) => retryingNamed(client, named.title, context),
      listedObjects: objects,
      signal: this.signal,
    });
    try {
      const { title, destination } = named;
      const plan = checkPlan(destination.name, title, account, { objects, groups });
      if (this.globals.dryRun) {
        await this.answer({ ...plan, checked: false }, () => checkPlanText(plan));
        return;
      }
      if (!this.globals.quiet && !this.globals.json) tell(checkPlanText(plan));
      await this.confirm(`Check ${title} now?`);
      const run = await runCheck(account, groups, { progress, signal: this.signal });
      const { checkOutcome, checkText } = await import("../../backend-check/check-outcome.ts");
      const facts = { destination: destination.name, title, account, chosen: groups };
      const outcome = checkOutcome({ ...facts, ...run });
      if (outcome.failed > 0 || outcome.left.length > 0) process.exitCode = exitCodes.failed;
      await this.answer(outcome, () => checkText(outcome));
    } finally {
      await account.close();
    }
  }
}
