import {
  ColdstowError,
  objectKey,
  recoveryNoteKey,
  type ObjectInfo,
  type ObjectKey,
  type StagedStorage,
  type StorageBackend,
  type ThawState,
} from "@coldstow/contracts";

// No key by itself, so nothing else is stored under it; below a prefix it is one.
const noteInside = recoveryNoteKey.toLowerCase();

class Names {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  inner(key: string): ObjectKey {
    const outer = objectKey(key);
    return objectKey(this.#prefix + (outer === recoveryNoteKey ? noteInside : outer));
  }

  outer(inner: string): ObjectKey {
    const name = inner.slice(this.#prefix.length);
    return name === noteInside ? recoveryNoteKey : objectKey(name);
  }

  /** The prefix under which to list for the keys that begin like this. */
  listed(prefix: string): string {
    const isNote = prefix !== "" && recoveryNoteKey.startsWith(prefix);
    return this.#prefix + (isNote ? noteInside : prefix);
  }

  info(info: ObjectInfo): ObjectInfo {
    return { ...info, key: this.outer(info.key) };
  }

  thawed(states: readonly ThawState[]): ThawState[] {
    return states.map((state) => ({ ...state, key: this.outer(state.key) }));
  }
}

function prefixedStaged(staged: StagedStorage, names: Names): StagedStorage {
  return {
    stage: (key) => inOrder(() => staged.stage(names.inner(key))),
    publish: async (key, path, options) =>
      names.info(await staged.publish(names.inner(key), path, options)),
    discard: (path) => staged.discard(path),
    sweep: (key) => inOrder(() => staged.sweep(names.inner(key))),
    pathOf: (key) => staged.pathOf(names.inner(key)),
  };
}

/** A key that is none makes the call fail, it does not throw at its caller. */
async function inOrder<T>(call: () => Promise<T>): Promise<T> {
  return await call();
}

/**
 * The part of a backend below a prefix, as a backend of its own: what it stores lies under
 * `PREFIX + KEY`, and it sees nothing else. Keys get shorter by the prefix: a longer one is refused
 * with `E_BAD_KEY`. The recovery note lies there in small letters, since only at the top its name
 * is a key.
 *
 * @param prefix ends with `/`, and is a key without it
 * @throws {E_BAD_KEY} if it is no such prefix
 */
export function prefixed(backend: StorageBackend, prefix: string): StorageBackend {
  if (!prefix.endsWith("/")) {
    throw new ColdstowError("E_BAD_KEY", `${JSON.stringify(prefix)} does not end with /`);
  }
  objectKey(prefix.slice(0, -1));
  const names = new Names(prefix);
  const { cold, staged, tariff } = backend;
  const inner = (keys: readonly ObjectKey[]): ObjectKey[] => keys.map((key) => names.inner(key));
  return {
    capabilities: backend.capabilities,
    ...(tariff === undefined ? {} : { tariff }),
    ...(staged === undefined ? {} : { staged: prefixedStaged(staged, names) }),
    ...(cold === undefined
      ? {}
      : {
          cold: {
            terms: cold.terms,
            requestThaw: async (keys, options) =>
              names.thawed(await cold.requestThaw(inner(keys), options)),
            thawState: async (keys) => names.thawed(await cold.thawState(inner(keys))),
          },
        }),
    put: async (key, source, options) =>
      names.info(await backend.put(names.inner(key), source, options)),
    async *get(key, options): AsyncGenerator<Uint8Array, void, undefined> {
      yield* backend.get(names.inner(key), options);
    },
    stat: async (key) => {
      const info = await backend.stat(names.inner(key));
      return info === undefined ? undefined : names.info(info);
    },
    async *list(wanted): AsyncGenerator<ObjectInfo, void, undefined> {
      for await (const found of backend.list(names.listed(wanted))) {
        const info = names.info(found);
        if (info.key.startsWith(wanted)) yield info;
      }
    },
    delete: (key) => inOrder(() => backend.delete(names.inner(key))),
    close: () => backend.close(),
  };
}
