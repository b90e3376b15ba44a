import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SampleCatalogue } from "../../testing/sample-catalogue.ts";
import { copiesReport, type CopiesReport } from "./copies-report.ts";
import { destinationsToCome } from "./destinations-to-come.ts";
import { keptPolicy } from "./kept-policy.ts";

let sample: SampleCatalogue;
let local: number;
let nas: number;
let cloud: number;

beforeEach(async () => {
  sample = await SampleCatalogue.make();
  local = await sample.destination("local");
  nas = await sample.destination("local:nas");
  cloud = await sample.destination("s3");
});
afterEach(async () => sample.close());

function ini(more: string): string {
  return `[Archive]\ndirectory = /x\n[Repository]\ntype = local, local:nas, s3\n${more}\n[Local]\ndir = /a\n[Local nas]\ndir = /b\n[S3]\nbucket = c\n`;
}

function report(copies: number = 2, kinds: number = 1): Promise<CopiesReport> {
  return copiesReport(sample.catalogue, { copies, kinds });
}

/** Files and bytes that each destination would take with it. */
async function lost(): Promise<Record<string, string>> {
  const { places } = await report();
  return Object.fromEntries(
    places.map(({ destination, files, bytes }) => [destination, `${files}, ${bytes}`]),
  );
}

describe("the policy", () => {
  it("is kept by packs with enough good copies, and those on enough kinds of storage", async () => {
    await sample.pack([local, nas, cloud]);
    await sample.pack([local, nas]);
    await sample.pack([cloud]);
    expect(await report(2, 2)).toMatchObject({
      packs: 3,
      withCopies: 2,
      withKinds: 1,
      met: false,
      destinations: 3,
      schemes: 2,
    });
    expect(await report(1, 1)).toMatchObject({ withCopies: 3, withKinds: 3, met: true });
  });

  it("counts no copy that is missing, damaged, or at a destination that was removed", async () => {
    const first = await sample.pack([local, nas, cloud]);
    await sample.catalogue.recordCopy(first, nas, { state: "damaged", storedNs: 1n });
    expect(await report(3)).toMatchObject({ withCopies: 0 });
    expect(await report(2)).toMatchObject({ withCopies: 1 });
    await sample.catalogue.removeDestination(cloud);
    expect(await report(2)).toMatchObject({ withCopies: 0, destinations: 2, schemes: 1 });
  });

  it("asks nothing of packs that are lost: what they held can only be stored anew", async () => {
    const gone = await sample.pack([local]);
    await sample.catalogue.recordCopy(gone, local, { state: "missing", storedNs: 1n });
    await sample.pack([local, nas]);
    expect(await report()).toMatchObject({ packs: 1, lostPacks: 1, withCopies: 1, met: true });
  });

  it("is not kept by a pack whose only good copy was left at a destination no longer in use", async () => {
    await sample.pack([nas]);
    await sample.catalogue.removeDestination(nas);
    expect(await report(1)).toMatchObject({ packs: 1, lostPacks: 0, withCopies: 0, met: false });
  });

  it("leaves out the packs of another tool", async () => {
    const pack = await sample.pack([local]);
    sample.catalogue.driver.exec(`UPDATE pack SET format = 'pyarchiver' WHERE id = ${pack}`);
    expect(await report()).toMatchObject({ packs: 0, met: true });
  });

  it("says since when a second copy of every pack was seen", async () => {
    const [first, second] = [
      await sample.pack([local, nas, cloud]),
      await sample.pack([local, nas]),
    ];
    await sample.verified(first, local, 90n);
    await sample.verified(first, nas, 10n);
    await sample.verified(first, cloud, 50n);
    await sample.verified(second, local, 80n);
    expect(await report()).toMatchObject({
      withoutVerifiedSecond: 1,
      secondVerifiedSinceNs: undefined,
    });
    await sample.verified(second, nas, 60n);
    expect(await report()).toMatchObject({ withoutVerifiedSecond: 0, secondVerifiedSinceNs: 50n });
  });

  it("is read from the settings that an archive keeps, else wants a copy everywhere", async () => {
    expect(await keptPolicy(sample.catalogue)).toEqual({ copies: 3, kinds: 1 });
    await sample.catalogue.setMeta({ config: ini("copies = 2\nkinds = 2") });
    expect(await keptPolicy(sample.catalogue)).toEqual({ copies: 2, kinds: 2 });
    await sample.catalogue.setMeta({ config: ini("kinds = 3") });
    expect(await keptPolicy(sample.catalogue)).toEqual({ copies: 3, kinds: 1 });
  });
});

describe("the destinations to come", () => {
  it("are those of the settings that are new, or were removed and are named again", async () => {
    expect(await destinationsToCome(sample.catalogue)).toEqual([]);
    await sample.catalogue.setMeta({ config: ini("") });
    expect(await destinationsToCome(sample.catalogue)).toEqual([]);
    await sample.catalogue.removeDestination(nas);
    const more = ini("").replace("local:nas, s3", "local:nas, s3, sftp");
    await sample.catalogue.setMeta({ config: `${more}[Sftp]\nhost = nas\n` });
    expect(await destinationsToCome(sample.catalogue)).toEqual(["local:nas", "sftp"]);
  });
});

describe("the loss of a destination", () => {
  it("takes the files whose only good copies lie there", async () => {
    const [both, here, there] = [
      await sample.pack([local, nas]),
      await sample.pack([local]),
      await sample.pack([cloud]),
    ];
    sample.file("safe", 10, sample.content(10, [both]));
    const only = sample.content(20, [here]);
    sample.file("a", 20, only);
    sample.file("second name of a", 20, only);
    sample.file("b", 5, sample.content(5, [there]));
    sample.file("in two packs", 7, sample.content(7, [here, there]));
    sample.file("empty", 0, sample.content(0, []));
    expect(await lost()).toEqual({ local: "2, 40", "local:nas": "0, 0", s3: "1, 5" });
    expect(await report()).toMatchObject({ filesAtRisk: 3, filesUnplaced: 0 });
  });

  it("does not take again what has no good copy already, nor what was deleted since", async () => {
    const pack = await sample.pack([local]);
    sample.file("gone", 10, sample.content(10, [await sample.pack([])]));
    sample.file("old", 10, sample.content(10, [pack]));
    sample.catalogue.driver.exec("UPDATE entry SET end_run = 1 WHERE name = CAST('old' AS BLOB)");
    expect(await lost()).toEqual({ local: "0, 0", "local:nas": "0, 0", s3: "0, 0" });
  });

  it("takes a file in slices with any slice that lies only there", async () => {
    const [both, here, there, nowhere] = [
      await sample.pack([local, nas]),
      await sample.pack([local]),
      await sample.pack([cloud]),
      await sample.pack([]),
    ];
    sample.file("one", 200, sample.sliced([both, here]));
    sample.file("either", 300, sample.sliced([both, here, there]));
    sample.file("safe", 200, sample.sliced([both, both]));
    sample.file("lost already", 200, sample.sliced([here, nowhere]));
    expect(await lost()).toEqual({ local: "2, 500", "local:nas": "0, 0", s3: "1, 300" });
    expect(await report()).toMatchObject({ filesAtRisk: 2 });
  });

  it("does not take what verified discs hold wholly", async () => {
    const pack = await sample.pack([local]);
    const [whole, half, cut] = [10, 10, 10].map((size) => sample.content(size, [pack]));
    sample.disc(whole ?? 0, 0, 10);
    sample.disc(half ?? 0, 0, 5);
    sample.disc(half ?? 0, 0, 5);
    sample.disc(cut ?? 0, 0, 5);
    sample.disc(cut ?? 0, 5, 5);
    for (const [n, content] of [whole, half, cut].entries()) sample.file(`f${n}`, 10, content);
    expect(await lost()).toMatchObject({ local: "1, 10" });
  });

  it("counts files that lie only on discs as at risk, and no destination takes them", async () => {
    const content = sample.content(10, []);
    sample.disc(content, 0, 10);
    sample.file("f", 10, content);
    expect(await lost()).toMatchObject({ local: "0, 0", s3: "0, 0" });
    expect(await report()).toMatchObject({ filesAtRisk: 1 });
  });

  it("says of how many files it is not known where they lie", async () => {
    sample.file("f", 10, undefined);
    expect(await report()).toMatchObject({ filesUnplaced: 1, filesAtRisk: 0 });
  });
});
