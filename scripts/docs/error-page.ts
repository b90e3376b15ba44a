/** The fields of contracts' error table that the page shows. */
export interface ErrorRow {
  readonly title: string;
  readonly retry: string;
  readonly exitCode: number;
  readonly hint: string;
}

const retries: Readonly<Record<string, string>> = {
  never: "no",
  now: "yes, at once",
  later: "yes, after something has changed",
};

/** The page that explains every error code and exit status, sorted as the table is. */
export function errorPage(
  errors: Readonly<Record<string, ErrorRow>>,
  exitCodes: Readonly<Record<string, number>>,
): string {
  const rows = Object.entries(errors);
  const lines = [
    "# Errors",
    "",
    "Every error has a permanent code. It is never renamed and never used for anything else, so that",
    "scripts can rely on it: it stands in what a command prints and in the document of `--json`.",
    "",
    "_Generated from `packages/contracts/src/error-table.ts` by `pnpm run docs`. Change it there._",
    "",
    "| code | what happened | trying again helps | exit status |",
    "| --- | --- | --- | --- |",
    ...rows.map(
      ([code, row]) =>
        `| [\`${code}\`](#${code.toLowerCase()}) | ${cell(row.title)} | ${retries[row.retry] ?? row.retry} | ${row.exitCode} |`,
    ),
    "",
    "## Exit statuses",
    "",
    "| status | meaning | errors |",
    "| --- | --- | --- |",
    ...Object.entries(exitCodes).map(([name, status]) => {
      const codes = rows
        .filter(([, row]) => row.exitCode === status)
        .map(([code]) => `\`${code}\``);
      return `| ${status} | ${spaced(name)} | ${codes.join(" ")} |`;
    }),
    "",
    "## What to do",
    "",
    ...rows.flatMap(([code, row]) => [`### ${code}`, "", `${row.title}. ${row.hint}`, ""]),
  ];
  return lines.join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", String.raw`\|`);
}

/** `mediumNeeded` reads "medium needed". */
function spaced(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
