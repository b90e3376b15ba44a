import type { BackUpPlan } from "@coldstow/archiver";
import { counted } from "../render/count.ts";
import { number, size } from "../render/size.ts";
import { facts, table } from "../render/table.ts";

/** A plan for `--json`. */
export function planDocument(archive: string, plan: BackUpPlan): object {
  return { archive, dryRun: true, ...plan };
}

const kinds: Readonly<Record<BackUpPlan["packs"][number]["kind"], string>> = {
  plain: "not compressed",
  zstd: "compressed",
  parts: "parts of large files",
};

/** A plan for people. */
export function planText(plan: BackUpPlan): string {
  const { files, bytes, others, gone, filesUnchanged, problems, leftOut } = plan;
  if (files + others + gone === 0) {
    return "Nothing to do: nothing is new, changed or gone. Nothing was changed.";
  }
  const pairs: [string, number, string][] = [
    ["To read", files, `${counted(files, "file")}, ${size(bytes)}`],
    [
      "Names only",
      others,
      counted(others, "directory, link or further name", "directories, links and further names"),
    ],
    ["Unchanged", filesUnchanged, counted(filesUnchanged, "file")],
    ["Gone", gone, counted(gone, "name")],
    ["Left out", leftOut, counted(leftOut, "socket, pipe or device", "sockets, pipes and devices")],
    ["Unreadable", problems, counted(problems, "item")],
  ];
  const columns = [
    { title: "Packs" },
    { title: "Number", align: "right" },
    { title: "Files", align: "right" },
    { title: "Bytes", align: "right" },
  ] as const;
  const rows = plan.packs.map((one) => [
    kinds[one.kind],
    number(one.packs),
    number(one.files),
    size(one.bytes),
  ]);
  return [
    facts(pairs.filter(([, count]) => count > 0).map(([name, , text]) => [name, text])),
    ...(rows.length === 0 ? [] : ["", table(columns, rows), ""]),
    "At most; what is known already is not stored again. Nothing was changed.",
  ].join("\n");
}
