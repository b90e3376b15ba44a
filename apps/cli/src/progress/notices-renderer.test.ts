import { expect, test } from "vitest";
import { createProgress } from "./create-progress.ts";

test("without progress, problems and warnings are told, each once, and nothing else", () => {
  let written = "";
  const stream = { isTTY: false, write: (text: string) => (written += text) !== "" };
  const globals = { progress: "none", quiet: false, verbose: false } as const;
  const progress = createProgress(globals, stream as unknown as NodeJS.WriteStream);
  progress.sink({ type: "stage", stage: "pack", totalBytes: 10, totalItems: 1 });
  progress.sink({ type: "item", outcome: "unreadable", name: "locked", message: "EACCES" });
  progress.sink({ type: "item", outcome: "unreadable", name: "locked", message: "EACCES" });
  progress.sink({ type: "warning", message: "The disk is slow." });
  progress.sink({ type: "wait", reason: "the server is busy" });
  progress.sink({ type: "advance", stage: "pack", doneBytes: 10, doneItems: 1 });
  progress.close();
  expect(written).toBe("locked: could not be read: EACCES\nWarning: The disk is slow.\n");
});
