import type { RestoreArchiveResult, ThawPlanPart, ThawResult } from "@coldstow/archiver";
import { describe, expect, it } from "vitest";
import { openRestoreLines } from "../archive/open-restores.ts";
import { minute } from "../render/time.ts";
import { restoreExitCode, restoreOutcomeText } from "./restore-outcome.ts";
import { cancelledText, commandLine, thawExitCode, thawPlanText, thawText } from "./thaw-text.ts";

const mebibyte = 1024 * 1024;
const none = { packs: 0, bytes: 0 };
const asked = { packs: 3, bytes: 720 * mebibyte };
const iso = "2030-01-01T04:00:00.000Z";
const local = minute(new Date(iso));
const plan: ThawPlanPart[] = [
  {
    destination: "ovh",
    title: "OVH",
    packs: 3,
    bytes: 720 * mebibyte,
    frozenPacks: 2,
    frozenBytes: 480 * mebibyte,
    tier: "standard",
    hours: 12,
    cost: { amount: 1_500_000, currency: "EUR" },
  },
];
const waiting = { done: none, asked, ready: none, left: none, comeBackAt: iso, plan };
const outcome: RestoreArchiveResult = {
  restored: 2,
  unchanged: 0,
  skipped: 0,
  failed: 1,
  damaged: 1,
  bytes: mebibyte,
  waiting: { ...waiting, done: { packs: 1, bytes: mebibyte }, left: { packs: 9, bytes: 0 } },
};

describe("what a restore that waits tells", () => {
  it("is what was read, what is thawed, what is left, the hour in both zones, and the command", () => {
    const text = restoreOutcomeText("back", outcome, "coldstow restore a.archive back");
    expect(text.split("\n").slice(-5)).toEqual([
      "Packs are frozen; what is ready was restored, and 3 packs are being thawed.",
      "Read so far       1 pack, 1 MiB",
      "Being thawed      3 packs, 720 MiB",
      "Still to ask for  9 packs, 0 B",
      `Come back at ${local} (2030-01-01 04:00 UTC): coldstow restore a.archive back`,
    ]);
  });

  it("ends with 6, also where something is lost, because the command is to be run again", () => {
    expect(restoreExitCode(outcome)).toBe(6);
    const { waiting: _, ...finished } = outcome;
    expect(restoreExitCode(finished)).toBe(13);
  });

  it("says nothing of thawing where nothing waits", () => {
    const { waiting: _, ...finished } = outcome;
    expect(restoreOutcomeText("back", finished, "again")).not.toMatch(/frozen|again/);
  });
});

describe("what thaw tells", () => {
  const { done: _, ...figures } = waiting;
  const result = (one: Partial<ThawResult>): ThawResult => ({
    ...figures,
    outcome: "waiting",
    ...one,
  });

  it("is the hour to come back while packs are thawed, with status 6", () => {
    const text = thawText(result({}), "coldstow thaw a.archive", "coldstow restore a.archive DEST");
    expect(text).toBe(
      `Being thawed  3 packs, 720 MiB\nCome back at ${local} (2030-01-01 04:00 UTC): coldstow thaw a.archive`,
    );
    expect(thawExitCode(result({}))).toBe(6);
  });

  it("is the restore when packs are ready, with status 0", () => {
    const ready = result({ outcome: "ready", asked: none, ready: asked });
    expect(thawText(ready, "again", "coldstow restore a.archive DEST")).toBe(
      "3 packs, 720 MiB, ready to be read. Next: coldstow restore a.archive DEST",
    );
    expect(thawExitCode(ready)).toBe(0);
  });

  it("is the restore when a wave is ready and more is left to ask for", () => {
    const wave = result({ asked: none, ready: asked, left: asked });
    expect(thawText(wave, "again", "restore")).toBe(
      "Ready             3 packs, 720 MiB\nStill to ask for  3 packs, 720 MiB\nNext: restore",
    );
    expect(thawExitCode(wave)).toBe(0);
  });

  it("is that there is nothing to ask", () => {
    const nothing = result({ outcome: "nothing", asked: none });
    expect(thawText(nothing, "again", "restore")).toBe("Nothing has to be thawed.");
    expect(thawExitCode(nothing)).toBe(0);
  });

  it("warns at a cancel that the provider goes on", () => {
    expect(cancelledText([])).toBe("No restore is waiting; there was nothing to cancel.");
    expect(
      cancelledText([
        { destination: "/b", asked },
        { destination: "", asked: none },
      ]),
    ).toBe(
      [
        "The restore into /b is closed; 3 packs, 720 MiB were asked for.",
        "A thaw is closed; 0 packs, 0 B were asked for.",
        "What was asked for goes on at the destination, cannot be taken back, and may be charged.",
      ].join("\n"),
    );
  });
});

it("shows a plan with hours and cost, and says where the cost is not known", () => {
  const { cost: _, ...unknown } = plan[0] ?? { cost: undefined };
  const parts = [...plan, { ...unknown, destination: "s3", days: 4 } as ThawPlanPart];
  expect(thawPlanText(parts, () => "1.50 EUR")).toBe(
    [
      "Destination  Packs  To thaw    Bytes  Tier      Hours  Days       Cost",
      "ovh              3        2  720 MiB  standard     12         1.50 EUR",
      "s3               3        2  720 MiB  standard     12     4  not known",
    ].join("\n"),
  );
});

it("shows open restores in the status", () => {
  const one = { id: 1, destination: "/back", paths: ["2019"], run: null, openedAt: iso };
  const figures = { done: none, asked, ready: none, left: none, firstReadyAt: iso };
  expect(openRestoreLines([{ ...one, ...figures }])).toEqual([
    `Restore of 2019 into /back, open since ${local}:`,
    `  3 packs being thawed (720 MiB); next at ${local}`,
    "",
  ]);
  expect(openRestoreLines([])).toEqual([]);
});

it("quotes the command for a shell", () => {
  const words = ["coldstow", "restore", "a.archive", "my back", "*.jpg", "it's"];
  expect(commandLine(words)).toBe(
    String.raw`coldstow restore a.archive 'my back' '*.jpg' 'it'\''s'`,
  );
});
