/** Whether trying again can help: never, at once, or after something outside has changed. */
export type Retry = "never" | "now" | "later";

/** What is fixed about an error code. Codes are permanent: they are never renamed or re-used. */
export interface ErrorEntry {
  /** What happened, in a few words. */
  readonly title: string;
  readonly retry: Retry;
  /** The exit status of a command that ends with this error. */
  readonly exitCode: number;
  /** What a person can do next. */
  readonly hint: string;
}

/** Exit statuses of the command line, named. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  declined: 4,
  temporary: 5,
  waiting: 6,
  mediumNeeded: 7,
  notFound: 10,
  locked: 11,
  wrongKey: 12,
  fixity: 13,
  format: 14,
  pluginMissing: 15,
  noSpace: 16,
  interrupted: 130,
} as const;

/** Every error that coldstow and its plugins report. `docs/errors` is generated from this table. */
export const errorTable = {
  E_INTERNAL: {
    title: "Something happened that coldstow did not foresee",
    retry: "never",
    exitCode: 1,
    hint: "Run the command again with -v and report what it prints.",
  },
  E_IO: {
    title: "The operating system refused to read or write",
    retry: "later",
    exitCode: 1,
    hint: "Look at the disk and its connection, then run the command again.",
  },
  E_USAGE: {
    title: "The command was not understood",
    retry: "never",
    exitCode: 2,
    hint: "See the command's --help.",
  },
  E_CONFIG: {
    title: "A setting is missing or wrong",
    retry: "never",
    exitCode: 2,
    hint: "Correct the named setting in the ini file.",
  },
  E_INPUT_NEEDED: {
    title: "An answer is needed and nobody can be asked",
    retry: "never",
    exitCode: 2,
    hint: "Give the answer by its option, a file or an environment variable, or run on a terminal.",
  },
  E_UNSUPPORTED: {
    title: "The destination cannot do this",
    retry: "never",
    exitCode: 2,
    hint: "Choose another destination or another way.",
  },
  E_PARTIAL: {
    title: "Finished, but some items failed",
    retry: "later",
    exitCode: 3,
    hint: "The items are listed above; the next run tries them again.",
  },
  E_DECLINED: { title: "Not confirmed", retry: "never", exitCode: 4, hint: "Nothing was changed." },
  E_EXISTS: {
    title: "Something is there already",
    retry: "never",
    exitCode: 4,
    hint: "Choose another name, or say that it may be overwritten.",
  },
  E_TEMPORARY: {
    title: "The destination is not answering right now",
    retry: "now",
    exitCode: 5,
    hint: "Try again.",
  },
  E_THROTTLED: {
    title: "The destination asks to be left alone for a while",
    retry: "later",
    exitCode: 5,
    hint: "Wait.",
  },
  E_TIMEOUT: {
    title: "The destination took too long to answer",
    retry: "now",
    exitCode: 5,
    hint: "Try again.",
  },
  E_THAWING: {
    title: "The object is frozen; it was asked for",
    retry: "later",
    exitCode: 6,
    hint: "Run the same command again at the time named.",
  },
  E_FROZEN: {
    title: "The object is frozen",
    retry: "later",
    exitCode: 6,
    hint: "Thaw it first: coldstow thaw.",
  },
  E_MEDIUM_NEEDED: {
    title: "A disc is needed",
    retry: "later",
    exitCode: 7,
    hint: "Insert the disc named above.",
  },
  E_NOT_FOUND: { title: "It is not there", retry: "never", exitCode: 10, hint: "Check the name." },
  E_LOCKED: {
    title: "Another process is working on this archive",
    retry: "later",
    exitCode: 11,
    hint: "Wait until it has ended.",
  },
  E_WRONG_KEY: {
    title: "The passphrase or identity does not open this",
    retry: "never",
    exitCode: 12,
    hint: "Check the passphrase, or use the paper key.",
  },
  E_AUTH: {
    title: "The destination refused the credentials",
    retry: "never",
    exitCode: 12,
    hint: "Check the user, the password or the key in the settings.",
  },
  E_NO_CONTAINER: {
    title: "The bucket, container or folder of the destination is not there",
    retry: "never",
    exitCode: 10,
    hint: "Make it, or correct its name in the settings.",
  },
  E_STORAGE_CLASS: {
    title: "The store keeps objects in another class than the settings say",
    retry: "never",
    exitCode: 2,
    hint: "Correct the storage class or policy, or the region, in the settings.",
  },
  E_BUDGET: {
    title: "It would cost more than the budget",
    retry: "never",
    exitCode: 4,
    hint: "Raise --budget, choose less, or choose a slower and cheaper tier.",
  },
  E_HOST_KEY: {
    title: "The server shows another host key than before",
    retry: "never",
    exitCode: 12,
    hint: "Do not go on until its administrator has explained the change.",
  },
  E_FIXITY: {
    title: "Stored bytes are not the bytes that were written",
    retry: "never",
    exitCode: 13,
    hint: "Repair from another copy, or save what is whole with coldstow recover.",
  },
  E_LENGTH: {
    title: "The number of bytes is not the number announced",
    retry: "now",
    exitCode: 13,
    hint: "Nothing was stored under that name; try again.",
  },
  E_MISSING: {
    title: "A stored object is gone",
    retry: "never",
    exitCode: 13,
    hint: "Run coldstow resume: what other copies hold is put back.",
  },
  E_FORMAT: {
    title: "This is not what its name promises",
    retry: "never",
    exitCode: 14,
    hint: "Check the file.",
  },
  E_NEWER_FORMAT: {
    title: "This was written by a newer coldstow",
    retry: "never",
    exitCode: 14,
    hint: "Install a newer coldstow.",
  },
  E_OLD_FORMAT: {
    title: "This has an older format",
    retry: "never",
    exitCode: 14,
    hint: "Run coldstow update on it.",
  },
  E_CORRUPT: {
    title: "The catalogue is damaged",
    retry: "never",
    exitCode: 14,
    hint: "Bring it back from a destination: coldstow recover.",
  },
  E_PLUGIN_MISSING: {
    title: "No backend for this kind of destination is installed",
    retry: "never",
    exitCode: 15,
    hint: "Install the plugin named above.",
  },
  E_PLUGIN_VERSION: {
    title: "The backend was made for another version of the contract",
    retry: "never",
    exitCode: 15,
    hint: "Install a version of the plugin that fits this coldstow.",
  },
  E_NO_SPACE: {
    title: "No space is left",
    retry: "later",
    exitCode: 16,
    hint: "Make room, then run coldstow resume.",
  },
  E_READ_ONLY: {
    title: "The destination cannot be written",
    retry: "later",
    exitCode: 1,
    hint: "Make it writable.",
  },
  E_PERMISSION: {
    title: "Permission denied",
    retry: "later",
    exitCode: 1,
    hint: "Check who may read or write there.",
  },
  E_BAD_KEY: {
    title: "This object key is not allowed",
    retry: "never",
    exitCode: 2,
    hint: "Object keys are lower-case ASCII; see docs/formats/destination.md.",
  },
  E_CANCELLED: {
    title: "Interrupted",
    retry: "later",
    exitCode: 130,
    hint: "What was finished is safe; run coldstow resume to go on.",
  },
} as const;

export type ErrorCode = keyof typeof errorTable;
