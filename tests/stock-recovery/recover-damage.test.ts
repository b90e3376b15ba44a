import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openNodeDriver } from "@coldstow/catalogue/node";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recoverArchive, type DamagedFile, type RecoverResult } from "@coldstow/archiver";
import { backUpOnce, newArchive, placeAt, type Place } from "../faults/session.ts";
import { noise } from "../tools/seeded-random.ts";
import { harm, packKeys, type Harm, type LostRange } from "./damage.ts";

/** A file, or a slice of one, and where the lost catalogue says that it lies. */
interface Stored {
  readonly path: string;
  readonly key: string;
  readonly offset: number;
  readonly end: number;
}

let folder = "";
let place: Place;
let identity = "";
let stored: Stored[] = [];
let made = 0;

const sizeOf = (n: number): number => (n * n * 91) % 300_000;
const firstVersion: Buffer = Buffer.from(noise("small 7", sizeOf(7)));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-harm-"));
  place = placeAt(folder);
  mkdirSync(join(place.source, "small"), { recursive: true });
  for (let n = 0; n < 60; n += 1) {
    const path = join(place.source, "small", `file-${n}`);
    writeFileSync(path, noise(`small ${n}`, sizeOf(n)));
  }
  writeFileSync(join(place.source, "large"), noise("large", 3_000_000));
  writeFileSync(join(place.source, "text"), "the same line\n".repeat(20_000));
  await newArchive(place, true);
  await backUpOnce(place, "start");
  writeFileSync(join(place.source, "small", "file-7"), noise("changed", 200_000));
  writeFileSync(join(place.source, "later"), noise("later", 250_000));
  await backUpOnce(place, "resume");
  identity = readFileSync(join(folder, "identity.txt"), "utf8").trim();
  stored = whatLiesWhere();
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function whatLiesWhere(): Stored[] {
  const driver = openNodeDriver(place.archive, { readOnly: true });
  const rows = driver
    .prepare(
      `SELECT CAST(d.name AS TEXT) AS folder, CAST(e.name AS TEXT) AS name, p.key, l.offset, l.length
       FROM entry e JOIN directory d ON d.id = e.directory
         JOIN (SELECT content AS whole, slice AS piece FROM content_slice
           UNION ALL SELECT id, id FROM content) s ON s.whole = e.content
         JOIN placement l ON l.content = s.piece JOIN pack p ON p.id = l.pack
       WHERE e.end_run IS NULL AND e.kind = 'file' AND e.size > 0`,
    )
    .all();
  driver.close();
  return rows.map((row) => ({
    path:
      row["folder"] === ""
        ? String(row["name"])
        : `${String(row["folder"])}/${String(row["name"])}`,
    key: String(row["key"]),
    offset: Number(row["offset"]),
    end: Number(row["offset"]) + Number(row["length"]),
  }));
}

interface Recovered {
  readonly tree: string;
  readonly destination: string;
  readonly damaged: Map<string, DamagedFile>;
  readonly result: RecoverResult;
}

async function recoverFrom(destination: string, to: string, rebuild: boolean): Promise<Recovered> {
  const damaged = new Map<string, DamagedFile>();
  const tree = join(to, "tree");
  const result = await recoverArchive({
    source: destination,
    destination: tree,
    keys: { identities: [identity] },
    catalogue: join(to, "t.archive"),
    rebuild,
    onDamagedFile: (file) => damaged.set(file.path, file),
  });
  return { tree, destination, damaged, result };
}

async function inCopy<T>(use: (destination: string, to: string) => Promise<T>): Promise<T> {
  made += 1;
  const to = join(folder, `copy-${made}`);
  const destination = join(to, "destination");
  cpSync(place.destination, destination, { recursive: true });
  try {
    return await use(destination, to);
  } finally {
    rmSync(to, { recursive: true });
  }
}

function touches(
  { key, offset, end }: Stored,
  lost: readonly LostRange[],
  before: number,
): boolean {
  return lost.some(
    (range) => range.key === key && range.start < end && offset - before < range.end,
  );
}

const harms: fc.Arbitrary<Harm[]> = fc.array(
  fc.record({
    pack: fc.nat(100),
    kind: fc.constantFrom("flip", "zeros", "cut", "remove"),
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Every file that is written under its own name must be whole, and lost bytes must be the ones that are told. */
function lies(
  { tree, damaged }: Recovered,
  older: ReadonlyMap<string, Buffer> = new Map(),
): string[] {
  return [...new Set(stored.map(({ path }) => path))].filter((path) => {
    const original = readFileSync(join(place.source, path));
    if (existsSync(join(tree, path))) {
      const bytes = readFileSync(join(tree, path));
      return !bytes.equals(original) && older.get(path)?.equals(bytes) !== true;
    }
    const file = damaged.get(path);
    if (file?.savedAs === undefined) return false;
    const expected = Buffer.from(original);
    for (const [start, end] of file.lostRanges) expected.fill(0, start, end);
    return !readFileSync(join(tree, file.savedAs)).equals(expected);
  });
}

/** Files of which no piece, with so many bytes in front of it, touches what is lost. */
function safe(lost: readonly LostRange[], before: number): string[] {
  const hit = new Set(stored.filter((one) => touches(one, lost, before)).map(({ path }) => path));
  return stored.map(({ path }) => path).filter((path) => !hit.has(path));
}

function notThere({ tree }: Recovered, paths: readonly string[]): string[] {
  return paths.filter((path) => !existsSync(join(tree, path)));
}

describe("recover past random damage", () => {
  test("with a copy of the catalogue, saves every file whose bytes touch no damaged chunk, and tells of every other", async () => {
    await fc.assert(
      fc.asyncProperty(harms, async (chosen) =>
        inCopy(async (destination, to) => {
          const lost = harm(destination, chosen);
          const recovered = await recoverFrom(destination, to, false);
          expect(recovered.result.from).toBe("copy");
          expect(lies(recovered)).toEqual([]);
          expect(notThere(recovered, safe(lost, 0))).toEqual([]);
          const all = notThere(
            recovered,
            stored.map(({ path }) => path),
          );
          expect(all.filter((path) => !recovered.damaged.has(path))).toEqual([]);
        }),
      ),
      { numRuns: 25 },
    );
  });

  test("from packs alone, saves every file whose bytes and name touch no damaged chunk", async () => {
    await fc.assert(
      fc.asyncProperty(harms, async (chosen) =>
        inCopy(async (destination, to) => {
          const lost = harm(destination, chosen);
          const recovered = await recoverFrom(destination, to, true);
          // Without the pack of the later run nothing tells that there was a later version.
          const older = new Map([["small/file-7", firstVersion]]);
          expect(lies({ ...recovered, damaged: new Map() }, older)).toEqual([]);
          // The name is in the header in front of the data and in the manifest: either will do. A cut
          // file is whole only with the packs that tell of all its slices.
          const inOnePiece = safe(lost, 2048).filter((path) => path !== "large");
          expect(notThere(recovered, inOnePiece)).toEqual([]);
        }),
      ),
      { numRuns: 25 },
    );
  });

  test("saves a pack's files where every byte of its manifest is lost", async () => {
    await inCopy(async (destination, to) => {
      const keys = packKeys(destination).filter((key) => key.endsWith(".tar.age"));
      const key = keys.find((one) => stored.some((file) => file.key === one)) ?? "";
      const path = join(destination, key);
      const bytes = readFileSync(path);
      bytes.fill(0, bytes.length - 300);
      writeFileSync(path, bytes);
      const { tree, result } = await recoverFrom(destination, to, true);
      expect(result).toMatchObject({ from: "packs", packsDamaged: 1 });
      const size = statSync(path).size;
      const inPack = stored.filter((one) => one.key === key && one.end < size - 140_000);
      expect(inPack.length).toBeGreaterThan(0);
      expect(inPack.filter((one) => !existsSync(join(tree, one.path)))).toEqual([]);
    });
  });

  test("opens a pack whose envelope has a damaged header", async () => {
    await inCopy(async (destination, to) => {
      const [key = ""] = packKeys(destination);
      const path = join(destination, key);
      const bytes = readFileSync(path);
      bytes[3] = (bytes[3] ?? 0) ^ 1;
      writeFileSync(path, bytes);
      const { damaged, result } = await recoverFrom(destination, to, false);
      expect(damaged.size).toBe(0);
      expect(result).toMatchObject({ damaged: 0, missing: 0, packsDamaged: 1 });
    });
  });

  test("rebuilds from packs where no copy of the catalogue can be read", async () => {
    await inCopy(async (destination, to) => {
      rmSync(join(destination, "catalogue"), { recursive: true });
      const { result } = await recoverFrom(destination, to, false);
      expect(result).toMatchObject({ from: "packs", run: 2, damaged: 0, missing: 0 });
    });
  });
});
