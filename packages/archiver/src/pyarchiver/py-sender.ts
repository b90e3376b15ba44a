import type { SqlDriver } from "@coldstow/catalogue";
import { lastText } from "./py-cells.ts";
import { pyFormatError } from "./py-format-error.ts";
import type { PyTables } from "./py-tables.ts";

/** Where the oldest files say that the tars were sent. An SFTP password is not read. */
export type PySender =
  | { readonly type: "local"; readonly dir: string }
  | {
      readonly type: "sftp";
      readonly host: string;
      readonly port: string;
      readonly user: string;
      readonly dir: string;
    };

/** Reads `sender` (docs/formats/pyarchiver.md §1). @throws {E_FORMAT} for a type that never was */
export function readSender(driver: SqlDriver, tables: PyTables): PySender | undefined {
  const columns = tables.get("sender");
  const text = (column: string): string =>
    columns?.has(column) === true ? (lastText(driver, "sender", column) ?? "") : "";
  const type = text("type").toLowerCase();
  if (type === "") return undefined;
  if (type === "local") return { type, dir: text("dir_out") };
  if (type === "sftp") {
    return { type, host: text("host"), port: text("port"), user: text("user"), dir: text("dir") };
  }
  throw pyFormatError(`its sender is of the type ${JSON.stringify(type.slice(0, 50))}`);
}
