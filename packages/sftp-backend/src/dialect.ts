/** What may be asked of a server. Of what a dialect allows, only what the server offers is used. */
export interface SftpDialect {
  readonly name: string;
  /** Files may be written under a temporary name and renamed; otherwise at once under their own. */
  readonly renames: boolean;
  /** A file may be opened again and written from the middle. */
  readonly writesAnywhere: boolean;
  /** Extensions that the server offers are used: fsync, posix-rename, hardlink, statvfs, limits. */
  readonly extensions: boolean;
  /** Commands may be run, to let the server compute digests. */
  readonly commands: boolean;
  /** Most bytes of one write or read request; what the server states as its limit counts as well. */
  readonly requestBytes: number;
  /** Requests under way at once for one object. */
  readonly requestsInFlight: number;
  /** A longer body is refused. */
  readonly maxObjectBytes: number;
}

/** 255 KiB fit the packets of OpenSSH; ssh2 cuts requests where a server has smaller ones. */
const openSshRequestBytes = 255 * 1024;

/** OpenSSH, and every server that says by its list of extensions what it can do. */
export const openSshDialect: SftpDialect = {
  name: "openssh",
  renames: true,
  writesAnywhere: true,
  extensions: true,
  commands: true,
  requestBytes: openSshRequestBytes,
  requestsInFlight: 16,
  maxObjectBytes: Number.MAX_SAFE_INTEGER,
};

/**
 * A gateway to an object store, such as OVH's for Public Cloud Archive: whole files, in order,
 * at once under their final names, in requests of 32 KiB.
 */
export const gatewayDialect: SftpDialect = {
  name: "gateway",
  renames: false,
  writesAnywhere: false,
  extensions: false,
  commands: false,
  requestBytes: 32 * 1024,
  requestsInFlight: 64,
  maxObjectBytes: Number.MAX_SAFE_INTEGER,
};
