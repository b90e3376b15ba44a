import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { faultyBackend, memoryBackend, MemoryStore } from "@coldstow/backend-testkit";
import { ColdstowError, type ProgressSink, type StorageBackend } from "@coldstow/contracts";
import { localBackend, parseSettings } from "@coldstow/local-backend";
import type { Archive } from "../src/archive/archive.ts";
import { backUp, type BackUpOptions, type BackUpResult } from "../src/run/back-up.ts";
import type { ArchiveSettings } from "../src/settings/archive-settings.ts";
import { testArchive, type TestArchive } from "./test-archive.ts";

/** Forwards every call, so that some can be replaced. */
export function passing(inner: StorageBackend): StorageBackend {
  return {
    capabilities: inner.capabilities,
    ...(inner.staged && { staged: inner.staged }),
    put: (name, body, options) => inner.put(name, body, options),
    get: (name, options) => inner.get(name, options),
    stat: (name) => inner.stat(name),
    list: (prefix) => inner.list(prefix),
    delete: (name) => inner.delete(name),
    close: () => inner.close(),
  };
}

/** Reading costs money there. */
export function dear(inner: StorageBackend): StorageBackend {
  return { ...passing(inner), capabilities: { ...inner.capabilities, freeRead: false } };
}

/** Stores everything, and no answer comes. */
export function lost(inner: StorageBackend): StorageBackend {
  return faultyBackend(inner, { failNth: 1, forever: true, afterEffect: true, only: ["put"] });
}

/** Refuses every body; each attempt is noted. */
export function refusing(
  inner: StorageBackend,
  code: "E_AUTH" | "E_NO_SPACE" | "E_TEMPORARY",
  attempts: string[],
): StorageBackend {
  return {
    ...passing(inner),
    put: async (key) => {
      attempts.push(key);
      throw new ColdstowError(code, `no ${key}`);
    },
  };
}

/** What a run has otherwise than the archive. */
export interface Changes {
  readonly backends?: Readonly<Record<string, (inner: StorageBackend) => StorageBackend>>;
  readonly settings?: Partial<ArchiveSettings>;
  readonly without?: string;
}

/** A test archive at remote destinations whose stores can be looked into. For tests only. */
export class RemoteArchive {
  readonly test: TestArchive;
  readonly stores: Readonly<Record<string, MemoryStore>>;

  constructor(test: TestArchive, stores: Readonly<Record<string, MemoryStore>>) {
    this.test = test;
    this.stores = stores;
  }

  /** With remote destinations of these names, and a local one where it is asked for. */
  static async make(remotes: readonly string[], withLocal = false): Promise<RemoteArchive> {
    const stores = Object.fromEntries(remotes.map((name) => [name, new MemoryStore()]));
    const here: Record<string, StorageBackend> = {};
    const test = await testArchive({
      backends: (root) => {
        for (const [name, store] of Object.entries(stores)) here[name] = memoryBackend({ store });
        if (!withLocal) return here;
        return { disk: localBackend(parseSettings({ dir: join(root, "disk") })), ...here };
      },
    });
    return new RemoteArchive(test, stores);
  }

  /** New files of 700 kB each, so that each fills a pack. */
  grow(files: number): void {
    for (let n = 0; n < files; n += 1) {
      writeFileSync(join(this.test.tree, `new-${n}.jpg`), randomBytes(700_000));
    }
  }

  archive({ backends = {}, settings = {}, without }: Changes = {}): Archive {
    const { archive } = this.test;
    const destinations = archive.destinations
      .filter(({ title }) => title !== `destination ${without}`)
      .map((one) => {
        const { backend, id, name, title } = one;
        const change = backends[title.replace("destination ", "")];
        return change === undefined ? one : { id, name, title, backend: change(backend) };
      });
    return { ...archive, settings: { ...archive.settings, ...settings }, destinations };
  }

  async run(
    changes: Changes = {},
    options: Partial<BackUpOptions> = {},
  ): Promise<BackUpResult & { readonly warnings: readonly string[] }> {
    const warnings: string[] = [];
    const progress: ProgressSink = (event) => {
      if (event.type === "warning") warnings.push(event.message);
      options.progress?.(event);
    };
    const all = { kind: "resume", jobs: 2, ...options, progress } as const;
    return { ...(await backUp(this.archive(changes), all)), warnings };
  }

  /** Keys of packs in a store. */
  packsAt(name: string): string[] {
    const keys = [...(this.stores[name]?.objects.keys() ?? [])];
    return keys.filter((key) => key.startsWith("packs/")).toSorted();
  }

  async knownPacks(): Promise<string[]> {
    return (await this.test.packs()).map(({ key }) => key).toSorted();
  }
}
