import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Pack } from "@coldstow/catalogue";
import { silent } from "@coldstow/contracts";
import { headerLength, sealedChunkBytes } from "@coldstow/crypto";
import { localBackend, parseSettings } from "@coldstow/local-backend";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testArchive, type TestArchive } from "../../testing/test-archive.ts";
import type { VerifyLevel, VerifyReport } from "./verification.ts";
import { verifyArchive } from "./verify-archive.ts";

let test: TestArchive;
let packs: readonly Pack[];

beforeAll(async () => {
  test = await testArchive({
    backends: (root) => ({ a: localBackend(parseSettings({ dir: join(root, "a") })) }),
  });
  packs = await test.packs();
});

afterAll(async () => test.close());

const verify = (level: VerifyLevel): Promise<VerifyReport> =>
  verifyArchive(test.archive, { level, keys: [test.key], progress: silent, jobs: 2 });

/** A pack that holds a picture of many chunks. */
function victim(index = 0): { readonly pack: Pack; readonly path: string } {
  const pack = packs.filter((one) => (one.tarBytes ?? 0) > 500_000)[index];
  if (pack === undefined) throw new Error("the archive has no such pack");
  return { pack, path: join(test.root, "a", pack.key) };
}

/** Damages the first pack, looks at each level, and puts it back. */
async function damaged(
  act: (path: string, bytes: Buffer) => void,
): Promise<Record<"exists" | "size" | "digest" | "decrypt", VerifyReport>> {
  const kept = [victim(0), victim(1)].map(({ path }) => [path, readFileSync(path)] as const);
  const [path, bytes] = kept[0] ?? ["", Buffer.alloc(0)];
  try {
    act(path, bytes);
    return {
      exists: await verify("exists"),
      size: await verify("size"),
      digest: await verify("digest"),
      decrypt: await verify("decrypt"),
    };
  } finally {
    for (const [at, content] of kept) writeFileSync(at, content);
    expect((await verify("digest")).findings).toEqual([]);
  }
}

function problems(report: VerifyReport): string[] {
  return report.findings.map((one) => one.problem);
}

describe("a clean archive", () => {
  for (const level of ["exists", "size", "digest", "decrypt", "sample"] as const) {
    it(`has no finding at the level ${level}`, async () => {
      const report = await verify(level);
      expect(report.findings).toEqual([]);
      expect(report.unchecked).toEqual([]);
      expect(report.packs).toBe(packs.length);
      expect(report.copies).toBe(packs.length);
      const read = { exists: 0, size: 0, digest: packs.length, decrypt: packs.length, sample: 1 };
      expect(report.copiesRead).toBe(read[level]);
    });
  }
});

describe("a flipped byte is found by digest and decrypt", () => {
  const positions: Record<string, (bytes: Buffer) => number> = {
    "the version line": () => 3,
    "the first stanza": (bytes) => bytes.indexOf("X25519") + 12,
    "the second stanza": (bytes) => bytes.lastIndexOf("-> X25519") + 14,
    "the header's MAC": (bytes) => bytes.indexOf("\n---") + 8,
    "the nonce": (bytes) => (headerLength(bytes) ?? 0) - 3,
    "the first chunk": (bytes) => (headerLength(bytes) ?? 0) + 1000,
    "a chunk in the middle": (bytes) => (headerLength(bytes) ?? 0) + sealedChunkBytes * 5 + 7,
    "the tag of a chunk": (bytes) => (headerLength(bytes) ?? 0) + sealedChunkBytes * 3 - 2,
    "the last chunk": (bytes) => bytes.length - 200,
    "the last byte": (bytes) => bytes.length - 1,
  };
  for (const [name, position] of Object.entries(positions)) {
    it(`in ${name}`, async () => {
      const seen = await damaged((path, bytes) => {
        const changed = Buffer.from(bytes);
        const at = position(bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        writeFileSync(path, changed);
      });
      expect(problems(seen.exists)).toEqual([]);
      expect(problems(seen.size)).toEqual([]);
      expect(problems(seen.digest)).toEqual(["damaged"]);
      expect(problems(seen.decrypt)).toEqual(["damaged"]);
      const [finding] = seen.digest.findings;
      expect(finding?.key).toBe(victim().pack.key);
      expect(finding?.destination).toBe("local:a");
      expect(finding?.code).toBe("E_FIXITY");
      expect(finding?.filesAffected).toBeGreaterThan(0);
      expect(finding?.paths.join(" ")).toMatch(/album\/picture-\d\.jpg/u);
      expect(finding?.message).toContain(finding?.paths[0]);
    });
  }
});

it("counts only the files that lie in the damaged chunks, when it decrypts", async () => {
  const { pack } = victim();
  const { driver } = test.archive.catalogue;
  const picture = driver
    .prepare("SELECT offset, length FROM placement WHERE pack = ? ORDER BY length DESC")
    .get(pack.id);
  const middle = Number(picture?.["offset"]) + Math.floor(Number(picture?.["length"]) / 2);
  const chunk = Math.floor(middle / 65_536);
  const seen = await damaged((path, bytes) => {
    const changed = Buffer.from(bytes);
    const at = (headerLength(bytes) ?? 0) + chunk * sealedChunkBytes + 9;
    changed[at] = (changed[at] ?? 0) ^ 0x80;
    writeFileSync(path, changed);
  });
  expect(seen.digest.findings[0]?.filesAffected).toBe(2);
  expect(seen.decrypt.findings[0]?.filesAffected).toBe(1);
  expect(seen.decrypt.findings[0]?.message).toContain("1 of its 64 KiB chunks");
});

describe("what a size tells is found by size", () => {
  it("a truncated pack, and how much of it is left", async () => {
    const seen = await damaged((path, bytes) => {
      writeFileSync(path, bytes.subarray(0, bytes.length - 70_000));
    });
    expect(problems(seen.exists)).toEqual([]);
    expect(problems(seen.size)).toEqual(["truncated"]);
    expect(problems(seen.digest)).toEqual(["truncated"]);
    expect(problems(seen.decrypt)).toEqual(["truncated"]);
    expect(seen.size.findings[0]?.message).toContain("was cut to");
  });

  it("a pack that was cut at the end of a chunk", async () => {
    const seen = await damaged((path, bytes) => {
      writeFileSync(path, bytes.subarray(0, (headerLength(bytes) ?? 0) + sealedChunkBytes * 4));
    });
    expect(problems(seen.size)).toEqual(["truncated"]);
    expect(problems(seen.decrypt)).toEqual(["truncated"]);
  });

  it("an empty pack", async () => {
    const seen = await damaged((path) => writeFileSync(path, ""));
    expect(problems(seen.exists)).toEqual([]);
    expect(problems(seen.size)).toEqual(["truncated"]);
    expect(problems(seen.decrypt)).toEqual(["truncated"]);
    expect(seen.size.findings[0]?.message).toContain("is empty");
  });

  it("bytes behind the end", async () => {
    const seen = await damaged((path, bytes) => {
      writeFileSync(path, Buffer.concat([bytes, Buffer.from("more")]));
    });
    expect(problems(seen.exists)).toEqual([]);
    expect(problems(seen.size)).toEqual(["damaged"]);
    expect(problems(seen.decrypt)).toEqual(["damaged"]);
    expect(seen.size.findings[0]?.message).toContain("4 bytes too many");
  });
});

describe("objects in the wrong place", () => {
  it("names a missing pack at every level", async () => {
    const seen = await damaged((path) => rmSync(path));
    for (const report of Object.values(seen)) {
      expect(problems(report)).toEqual(["missing"]);
      expect(report.findings[0]?.code).toBe("E_MISSING");
      expect(report.findings[0]?.hint).toContain("coldstow resume");
    }
  });

  it("names both of two packs that were swapped", async () => {
    const [one, two] = [victim(0), victim(1)];
    const seen = await damaged((path) => {
      renameSync(path, `${path}.other`);
      renameSync(two.path, path);
      renameSync(`${path}.other`, two.path);
    });
    expect(problems(seen.exists)).toEqual([]);
    expect(problems(seen.digest)).toEqual(["swapped", "swapped"]);
    expect(problems(seen.decrypt)).toEqual(["swapped", "swapped"]);
    expect(seen.digest.findings[0]?.message).toContain(two.pack.key);
    expect(seen.digest.findings[1]?.message).toContain(one.pack.key);
  });

  it("names the older pack that lies under a newer one's key, without its digest too", async () => {
    const older = victim(1);
    const seen = await damaged((path) => copyFileSync(older.path, path));
    expect(problems(seen.digest)).toEqual(["swapped"]);
    const { driver } = test.archive.catalogue;
    const { path, pack } = victim();
    const bytes = readFileSync(path);
    driver.exec("SAVEPOINT blind");
    driver.prepare("UPDATE pack SET sha256 = zeroblob(32)").run();
    driver.exec("RELEASE blind");
    try {
      copyFileSync(older.path, path);
      const report = await verify("decrypt");
      const finding = report.findings.find((one) => one.key === pack.key);
      expect(finding?.problem).toBe("swapped");
      expect(finding?.message).toContain(older.pack.key);
    } finally {
      writeFileSync(path, bytes);
      const restore = driver.prepare("UPDATE pack SET sha256 = ? WHERE id = ?");
      for (const one of packs) restore.run(one.sha256, one.id);
    }
    expect((await verify("decrypt")).findings).toEqual([]);
  });

  it("tells an object that the catalogue does not know", async () => {
    const { path, pack } = victim();
    const strange = `${path.slice(0, path.lastIndexOf("/"))}/p999999-strange.tar.age`;
    copyFileSync(path, strange);
    const report = await verify("exists");
    rmSync(strange);
    expect(problems(report)).toEqual(["unknown object"]);
    expect(report.findings[0]?.key).toBe(
      `${pack.key.slice(0, pack.key.lastIndexOf("/"))}/p999999-strange.tar.age`,
    );
  });
});
