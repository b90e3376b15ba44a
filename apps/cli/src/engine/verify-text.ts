import type { Finding, VerifyCopiesReport, VerifyLevel } from "@coldstow/archiver";
import { displayPath, exitCodes } from "@coldstow/contracts";
import { counted } from "../render/count.ts";
import { number, size } from "../render/size.ts";
import { table } from "../render/table.ts";

const harmless: ReadonlySet<Finding["problem"]> = new Set(["unknown object"]);

const looked: Readonly<Record<VerifyLevel, string>> = {
  exists: "are there",
  size: "are there and have their size",
  digest: "are there, and every byte that was read is right",
  decrypt: "are there and whole, and what was read opens and holds what it should",
  sample: "are there and have their size, and the sample opens and holds what it should",
};

const reading: ReadonlySet<VerifyLevel> = new Set(["digest", "decrypt", "sample"]);

/** The exit status: bytes that are wrong weigh more than what could not be looked at. */
export function verifyExitCode(report: VerifyCopiesReport): number {
  const beyond = report.findingsTotal - report.findings.length;
  if (beyond > 0 || report.findings.some(({ problem }) => !harmless.has(problem))) {
    return exitCodes.fixity;
  }
  return report.uncheckedTotal + report.unreachable.length > 0 ? exitCodes.partial : exitCodes.ok;
}

/** What a verification showed, for people. */
export function verifyText(archive: string, report: VerifyCopiesReport): string {
  const { packs, copies, copiesRead, bytes, findings, findingsTotal } = report;
  const read = copiesRead === 0 ? "" : `, ${number(copiesRead)} read whole (${size(bytes)})`;
  const lines = [
    `Looked at ${counted(packs, "pack")}, ${counted(copies, "copy", "copies")}${read}.`,
  ];
  if (copies === 0 && findingsTotal === 0) lines.push("There is nothing to look at.");
  else if (findingsTotal === 0) lines.push(wellText(report));
  else lines.push("", findingsTable(findings), ...more(report), "", ...advice(archive, findings));
  const left = report.uncheckedTotal + report.unreachable.length;
  if (left > 0) lines.push(`${number(left)} could not be looked at, as told above.`);
  return lines.join("\n");
}

/** What is known to be well; nothing is said of bytes where none were read. */
function wellText({ level, copies, copiesRead }: VerifyCopiesReport): string {
  if (copiesRead > 0 || !reading.has(level)) return `All of them ${looked[level]}.`;
  const checked = `${counted(copies, "copy was", "copies were")} checked by what the store tells`;
  return `${checked}, without reading.`;
}

function findingsTable(findings: readonly Finding[]): string {
  const columns = [
    { title: "Problem" },
    { title: "Destination" },
    { title: "Object", shrinks: true },
    { title: "Files", align: "right" },
    { title: "Such as", shrinks: true },
  ] as const;
  const rows = findings
    .slice(0, 100)
    .map(({ problem, destination, key, filesAffected, paths }) => [
      problem,
      destination ?? "",
      displayPath(key),
      number(filesAffected),
      displayPath(paths[0] ?? ""),
    ]);
  return table(columns, rows);
}

function more({ findings, findingsTotal }: VerifyCopiesReport): string[] {
  const hidden = findingsTotal - Math.min(100, findings.length);
  return hidden === 0 ? [] : [`… and ${number(hidden)} more; --json has the first thousand.`];
}

/** Each hint once; the findings of one cause share it. */
function advice(archive: string, findings: readonly Finding[]): string[] {
  const hints = [...new Set(findings.map(({ hint }) => hint))].filter((hint) => hint !== "");
  const heals = findings.some(({ problem }) => !harmless.has(problem) && problem !== "catalogue");
  const next = heals ? [`To put right what can be: coldstow resume ${displayPath(archive)}`] : [];
  return [...hints.slice(0, 10), ...next];
}
