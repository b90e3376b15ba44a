import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmdirSync,
  unlinkSync,
  writeSync,
  type Stats,
} from "node:fs";
import { join, posix } from "node:path";

import ssh2, { type Attributes, type SFTPWrapper } from "ssh2";

const { STATUS_CODE: status } = ssh2.utils.sftp;
const mode: Readonly<Record<"READ" | "WRITE" | "CREAT" | "TRUNC", number>> =
  ssh2.utils.sftp.OPEN_MODE;
const mostBytes = 32_768;
const namesAtOnce = 100;

export interface GatewayHooks {
  /** Asked when a file is opened for reading; "failure" refuses it, as a sealed object is refused. */
  readonly beforeRead?: (path: string) => "ok" | "failure";
  /** Told of every block that arrives, before it is judged. */
  readonly onWrite?: (path: string, offset: number, bytes: number) => void;
}

interface OpenFile {
  readonly kind: "file";
  readonly fd: number;
  readonly path: string;
  readonly writes: boolean;
  nextOffset: number;
}

interface OpenFolder {
  readonly kind: "folder";
  readonly path: string;
  readonly names: string[];
}

class Refusal extends Error {
  readonly code: number;

  constructor(code: number) {
    super("refused");
    this.code = code;
  }
}

function statusOf(error: unknown): number {
  if (error instanceof Refusal) return error.code;
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR" ? status.NO_SUCH_FILE : status.FAILURE;
}

function attributes(stats: Stats): Attributes {
  const { mode: kind, uid, gid, size } = stats;
  const [atime, mtime] = [Math.floor(stats.atimeMs / 1000), Math.floor(stats.mtimeMs / 1000)];
  return { mode: kind, uid, gid, size, atime, mtime };
}

/** The container's folder is the first part of a path; it can be neither made nor removed here. */
function within(directory: string, path: string): string {
  return join(directory, posix.join("/", path));
}

function insideContainer(path: string): void {
  const parts = posix.join("/", path).split("/").filter(Boolean);
  if (parts.length < 2) throw new Refusal(status.PERMISSION_DENIED);
}

function openFlags(flags: number): "r" | "w" {
  if (flags === mode.READ) return "r";
  if (flags === (mode.WRITE | mode.CREAT | mode.TRUNC)) return "w";
  throw new Refusal(status.OP_UNSUPPORTED);
}

/**
 * Serves one SFTP session the way the gateway does: whole files, from their first byte to their
 * last, at once under their final names; no rename, no attributes, no appending, no extensions.
 */
export function serveGateway(sftp: SFTPWrapper, directory: string, hooks: GatewayHooks): void {
  const handles = new Map<number, OpenFile | OpenFolder>();
  let lastHandle = 0;

  const newHandle = (opened: OpenFile | OpenFolder): Buffer => {
    lastHandle += 1;
    handles.set(lastHandle, opened);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(lastHandle);
    return handle;
  };
  const fileOf = (handle: Buffer): OpenFile => {
    const opened = handles.get(handle.readUInt32BE());
    if (opened?.kind !== "file") throw new Refusal(status.FAILURE);
    return opened;
  };
  const answering = (id: number, work: () => void): void => {
    try {
      work();
    } catch (error) {
      sftp.status(id, statusOf(error));
    }
  };
  const done = (id: number, work: () => void): void =>
    answering(id, () => {
      work();
      sftp.status(id, status.OK);
    });
  const look = (id: number, path: string): void =>
    answering(id, () => sftp.attrs(id, attributes(lstatSync(within(directory, path)))));

  sftp.on("OPEN", (id, path, flags) =>
    answering(id, () => {
      const how = openFlags(flags);
      insideContainer(path);
      if (how === "r" && hooks.beforeRead?.(posix.join("/", path)) === "failure") {
        throw new Refusal(status.FAILURE);
      }
      const fd = openSync(within(directory, path), how);
      const writes = how === "w";
      sftp.handle(id, newHandle({ kind: "file", fd, path, writes, nextOffset: 0 }));
    }),
  );
  sftp.on("WRITE", (id, handle, offset, data) =>
    done(id, () => {
      const file = fileOf(handle);
      hooks.onWrite?.(file.path, offset, data.length);
      const inOrder = file.writes && offset === file.nextOffset;
      if (!inOrder || data.length > mostBytes) throw new Refusal(status.FAILURE);
      writeSync(file.fd, data, 0, data.length, offset);
      file.nextOffset += data.length;
    }),
  );
  sftp.on("READ", (id, handle, offset, length) =>
    answering(id, () => {
      const file = fileOf(handle);
      if (file.writes) throw new Refusal(status.FAILURE);
      const buffer = Buffer.allocUnsafe(Math.min(length, mostBytes));
      const bytes = readSync(file.fd, buffer, 0, buffer.length, offset);
      if (bytes === 0) sftp.status(id, status.EOF);
      else sftp.data(id, buffer.subarray(0, bytes));
    }),
  );
  sftp.on("CLOSE", (id, handle) =>
    done(id, () => {
      const opened = handles.get(handle.readUInt32BE());
      if (opened === undefined) throw new Refusal(status.FAILURE);
      handles.delete(handle.readUInt32BE());
      if (opened.kind === "file") closeSync(opened.fd);
    }),
  );
  sftp.on("OPENDIR", (id, path) =>
    answering(id, () => {
      const names = readdirSync(within(directory, path));
      sftp.handle(id, newHandle({ kind: "folder", path, names }));
    }),
  );
  sftp.on("READDIR", (id, handle) =>
    answering(id, () => {
      const folder = handles.get(handle.readUInt32BE());
      if (folder?.kind !== "folder") throw new Refusal(status.FAILURE);
      const entries = folder.names.splice(0, namesAtOnce).flatMap((filename) => {
        const stats = lstatSync(within(directory, posix.join(folder.path, filename)), {
          throwIfNoEntry: false,
        });
        return stats === undefined
          ? []
          : [{ filename, longname: filename, attrs: attributes(stats) }];
      });
      if (entries.length === 0 && folder.names.length === 0) sftp.status(id, status.EOF);
      else sftp.name(id, entries);
    }),
  );
  sftp.on("FSTAT", (id, handle) =>
    answering(id, () => sftp.attrs(id, attributes(fstatSync(fileOf(handle).fd)))),
  );
  sftp.on("STAT", look);
  sftp.on("LSTAT", look);
  sftp.on("REALPATH", (id, path) =>
    answering(id, () => {
      const filename = posix.join("/", path);
      sftp.name(id, [{ filename, longname: filename, attrs: {} as Attributes }]);
    }),
  );
  sftp.on("MKDIR", (id, path) =>
    done(id, () => {
      insideContainer(path);
      mkdirSync(within(directory, path));
    }),
  );
  sftp.on("RMDIR", (id, path) =>
    done(id, () => {
      insideContainer(path);
      rmdirSync(within(directory, path));
    }),
  );
  sftp.on("REMOVE", (id, path) =>
    done(id, () => {
      insideContainer(path);
      unlinkSync(within(directory, path));
    }),
  );
  for (const event of ["RENAME", "SETSTAT", "FSETSTAT", "SYMLINK", "READLINK", "EXTENDED"]) {
    sftp.on(event, (id: number) => sftp.status(id, status.OP_UNSUPPORTED));
  }
  // OpenSSH's client waits for the server to end the session.
  sftp.on("end", () => sftp.end());
  sftp.on("close", () => {
    for (const opened of handles.values()) if (opened.kind === "file") closeSync(opened.fd);
    handles.clear();
  });
}
