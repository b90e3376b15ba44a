import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commandIndex, commandPage } from "./command-page.ts";
import { errorPage } from "./error-page.ts";
import { stalePages, writePages } from "./page-files.ts";

const command = {
  id: "key:paper",
  summary: "Prints the paper key of <%= config.bin %>",
  aliases: ["key:print"],
  args: { archive: { name: "archive", required: true, description: "The archive's | file" } },
  flags: {
    out: {
      name: "out",
      type: "option",
      helpValue: "FILE",
      summary: "Where to",
      env: "COLDSTOW_OUT",
    },
    quiet: { name: "quiet", char: "q", type: "boolean", allowNo: true, summary: "Say less" },
    json: { name: "json", type: "boolean", summary: "One document", helpGroup: "GLOBAL" },
    secret: { name: "secret", type: "boolean", hidden: true },
  },
  examples: ["<%= config.bin %> <%= command.id %> photos.archive"],
};

describe("a command's page", () => {
  const page = commandPage("coldstow", command);

  test("shows how the command is written, with its other names", () => {
    expect(page).toContain("```\ncoldstow key paper ARCHIVE [flags]\n```");
    expect(page).toContain("Also: `coldstow key print`.");
  });

  test("explains arguments and flags in tables whose cells stay whole", () => {
    expect(page).toContain(String.raw`| ${"`ARCHIVE`"} | The archive's \| file |`);
    expect(page).toContain("| `--out=FILE` | Where to (environment: `COLDSTOW_OUT`) |");
    expect(page).toContain("| `-q, --[no-]quiet` | Say less |");
  });

  test("fills in the program's and the command's name", () => {
    expect(page).toContain("Prints the paper key of coldstow");
    expect(page).toContain("```sh\ncoldstow key paper photos.archive\n```");
  });

  test("leaves flags that every command takes to the index", () => {
    expect(page).not.toContain("--json");
    expect(page).toContain("(README.md#every-commands-flags)");
    expect(commandIndex("coldstow", [command])).toContain("| `--json` | One document |");
  });

  test("leaves hidden flags out", () => {
    expect(page).not.toContain("secret");
  });

  test("is reached from the index", () => {
    expect(commandIndex("coldstow", [command])).toContain("[`key paper`](key-paper.md)");
  });
});

describe("the page of errors", () => {
  test("lists each code with its exit status, and each exit status with its codes", () => {
    const row = { title: "It broke", retry: "never", exitCode: 7, hint: "Mend it." };
    const page = errorPage({ E_BROKEN: row }, { ok: 0, mediumNeeded: 7 });
    expect(page).toContain("| [`E_BROKEN`](#e_broken) | It broke | no | 7 |");
    expect(page).toContain("| 7 | medium needed | `E_BROKEN` |");
    expect(page).toContain("### E_BROKEN\n\nIt broke. Mend it.");
  });
});

describe("pages on disk", () => {
  let root = "";
  const pages = [{ path: "docs/a.md", text: "a\n" }];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "coldstow-docs-"));
    mkdirSync(join(root, "docs"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test("are stale when missing, changed or no longer generated", () => {
    expect(stalePages(root, ["docs"], pages)).toEqual(["docs/a.md"]);
    writeFileSync(join(root, "docs/a.md"), "b\n");
    writeFileSync(join(root, "docs/old.md"), "old\n");
    expect(stalePages(root, ["docs"], pages)).toEqual(["docs/a.md", "docs/old.md"]);
  });

  test("are not stale once written, and what is no longer generated is gone", () => {
    writeFileSync(join(root, "docs/old.md"), "old\n");
    writePages(root, ["docs"], pages);
    expect(stalePages(root, ["docs"], pages)).toEqual([]);
    expect(readdirSync(join(root, "docs"))).toEqual(["a.md"]);
  });
});
