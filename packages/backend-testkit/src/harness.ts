import type { Capabilities, ObjectKey, StorageBackend } from "@coldstow/contracts";

import type { GroupName } from "./groups/index.ts";

/** How a harness moves the states of a cold store, by its clock or by its administrator's calls. */
export interface ColdHooks {
  /** Ends the thaw that was requested for these objects: they are ready afterwards. */
  makeReady(keys: readonly ObjectKey[]): Promise<void>;
  /** Ends their time of being ready: they are frozen afterwards, as if no thaw was ever asked for. */
  makeFrozen(keys: readonly ObjectKey[]): Promise<void>;
}

/** An empty store and a client of it. */
export interface OpenedStore {
  readonly backend: StorageBackend;
  /** Another client of the same store, as a later run would open it. The kit closes it. */
  reopen(): Promise<StorageBackend>;
  /** From now on the store cannot answer: unplugged, stopped, refused. Needed by the group `uncertainty`. */
  breakStore?(): Promise<void>;
  /** Needed where the backend is cold. */
  readonly cold?: ColdHooks;
  /** Removes the store. Called once, also after a failure; the backend is closed by then. */
  cleanup(): Promise<void>;
}

/** What the harness says of the backend, so that one which forgets to offer something fails. */
export interface Expectations {
  readonly capabilities: Partial<Capabilities>;
  readonly cold: boolean;
  readonly staged: boolean;
}

export interface Harness {
  /** Opens an empty store of its own for every scenario. */
  readonly open: () => Promise<OpenedStore>;
  readonly expect: Expectations;
  /** Groups that do not run, each with the reason; the report names them. */
  readonly leaveOut?: Partial<Record<GroupName, string>>;
  /** How many objects the listing must page through; 1500 if not given. */
  readonly listedObjects?: number;
  /** Size of the largest body; 5 MiB and 3 bytes if not given. */
  readonly largeBytes?: number;
  /** Length of the longest key that is used; 512, the longest there is, if not given. */
  readonly longestKeyBytes?: number;
  /** How long one scenario may take; 60 000 ms if not given. */
  readonly timeoutMs?: number;
}
