import { ColdstowError } from "@coldstow/contracts";
import type { Config } from "@oclif/core/config";

function spaced(id: string): string {
  return id.replaceAll(":", " ");
}

/** Every name that a person may type, longest first: commands, their aliases, topics. */
function commandNames(config: Config): string[] {
  const commands = config.commands.flatMap((command) => [command.id, ...command.aliases]);
  const topics = config.topics.filter((topic) => topic.hidden !== true).map((topic) => topic.name);
  return [...new Set([...commands, ...topics])].map(spaced);
}

function isCommand(words: readonly string[], config: Config): boolean {
  return words.some(
    (_, index) => config.findCommand(words.slice(0, index + 1).join(":")) !== undefined,
  );
}

/**
 * Refuses arguments that begin with no command.
 * @throws {E_USAGE} naming the nearest command
 */
export async function refuseUnknownCommand(argv: readonly string[], config: Config): Promise<void> {
  const flagAt = argv.findIndex((word) => word.startsWith("-"));
  const words = flagAt === -1 ? argv : argv.slice(0, flagAt);
  const [first] = words;
  if (first === undefined || first.includes(":") || isCommand(words, config)) return;
  const names = commandNames(config);
  const isTopic = names.includes(first);
  if (isTopic && words.length === 1) return;
  const given = words.slice(0, isTopic ? 2 : 1).join(" ");
  const { nearestName } = await import("@coldstow/archiver/settings");
  const meant = nearestName(given, names);
  throw new ColdstowError(
    "E_USAGE",
    `there is no command ${JSON.stringify(given)}${meant === undefined ? "" : `; did you mean coldstow ${meant}?`}`,
    { subject: given, hint: "coldstow --help lists the commands." },
  );
}
