/** A place where the repository breaks one of its rules. */
export interface Violation {
  /** From the repository's root. */
  readonly file: string;
  /** Counted from 1; 1 where the whole file is meant. */
  readonly line: number;
  /** The rule's permanent short name. */
  readonly rule:
    | "browser-safe"
    | "computed-import"
    | "declared"
    | "exported"
    | "files-listed"
    | "import-table"
    | "inside-package"
    | "readme"
    | "unknown-package"
    | "used";
  readonly message: string;
}

/** One line in the form that editors and terminals make clickable. */
export function formatViolation({ file, line, rule, message }: Violation): string {
  return `${file}:${line} ${rule}: ${message}`;
}
