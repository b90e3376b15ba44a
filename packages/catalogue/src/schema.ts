import { unfinishedTables } from "./journal/tables.ts";

/** Stands in the SQLite header (`PRAGMA application_id`): "cold" in ASCII. */
export const applicationId = 0x636f6c64;

/** `PRAGMA user_version`. Versions 1 and 2 are pyArchiver's. */
export const schemaVersion = 3;

/** The tables of schema version 3; docs/formats/catalogue.md explains every column. */
export const schema: string = `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'partial', 'interrupted', 'failed')),
  started_ns INTEGER NOT NULL,
  ended_ns INTEGER,
  figures TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE directory (
  id INTEGER PRIMARY KEY,
  parent INTEGER REFERENCES directory (id),
  name BLOB NOT NULL,
  UNIQUE (parent, name)
) STRICT;
INSERT INTO directory (id, parent, name) VALUES (1, NULL, x'');

CREATE TABLE content (
  id INTEGER PRIMARY KEY,
  sha256 BLOB UNIQUE CHECK (length(sha256) = 32),
  size INTEGER NOT NULL CHECK (size >= 0)
) STRICT;
CREATE INDEX content_size ON content (size);

CREATE TABLE content_digest (
  algorithm TEXT NOT NULL CHECK (algorithm IN ('sha512')),
  digest BLOB NOT NULL CHECK (length(digest) = 64),
  content INTEGER NOT NULL REFERENCES content (id),
  PRIMARY KEY (algorithm, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX content_digest_content ON content_digest (content);

CREATE TABLE content_slice (
  content INTEGER NOT NULL REFERENCES content (id),
  n INTEGER NOT NULL,
  slice INTEGER NOT NULL REFERENCES content (id),
  PRIMARY KEY (content, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX content_slice_slice ON content_slice (slice);

CREATE TABLE entry (
  id INTEGER PRIMARY KEY,
  directory INTEGER NOT NULL REFERENCES directory (id),
  name BLOB NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('file', 'directory', 'symlink')),
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  gid INTEGER NOT NULL,
  device INTEGER,
  inode INTEGER,
  content INTEGER REFERENCES content (id),
  target BLOB,
  unstable INTEGER NOT NULL DEFAULT 0,
  first_run INTEGER NOT NULL REFERENCES run (id),
  end_run INTEGER,
  CHECK (end_run >= first_run),
  CHECK ((kind = 'symlink') = (target IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX entry_current ON entry (directory, name) WHERE end_run IS NULL;
CREATE INDEX entry_ended ON entry (directory, name, first_run) WHERE end_run IS NOT NULL;
CREATE INDEX entry_content ON entry (content) WHERE content IS NOT NULL;

CREATE TABLE pack (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (id),
  number INTEGER NOT NULL,
  key TEXT NOT NULL UNIQUE,
  format TEXT NOT NULL CHECK (format IN ('tar', 'tar.zst', 'pyarchiver')),
  sealed INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('planned', 'stored', 'deleted')),
  size INTEGER,
  sha256 BLOB,
  tar_size INTEGER,
  created_ns INTEGER NOT NULL,
  UNIQUE (run, number)
) STRICT;

CREATE TABLE placement (
  content INTEGER NOT NULL REFERENCES content (id),
  pack INTEGER NOT NULL REFERENCES pack (id),
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL,
  sparse INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (content, pack)
) STRICT, WITHOUT ROWID;
CREATE INDEX placement_pack ON placement (pack, offset);

CREATE TABLE destination (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  scheme TEXT NOT NULL,
  settings TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'removed')),
  added_ns INTEGER NOT NULL
) STRICT;

CREATE TABLE copy (
  pack INTEGER NOT NULL REFERENCES pack (id),
  destination INTEGER NOT NULL REFERENCES destination (id),
  state TEXT NOT NULL CHECK (state IN ('stored', 'missing', 'damaged', 'deleted')),
  remote_digest TEXT,
  stored_ns INTEGER NOT NULL,
  verified_ns INTEGER,
  verified_level TEXT CHECK (verified_level IN ('exists', 'size', 'digest', 'decrypt', 'sample')),
  PRIMARY KEY (pack, destination)
) STRICT, WITHOUT ROWID;
CREATE INDEX copy_destination ON copy (destination, state);

CREATE TABLE catalogue_copy (
  destination INTEGER NOT NULL REFERENCES destination (id),
  key TEXT NOT NULL,
  run INTEGER NOT NULL,
  size INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  stored_ns INTEGER NOT NULL,
  PRIMARY KEY (destination, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE restore_job (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  destination TEXT NOT NULL,
  selection TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'done', 'cancelled')),
  created_ns INTEGER NOT NULL,
  updated_ns INTEGER NOT NULL
) STRICT;

CREATE TABLE restore_job_pack (
  job INTEGER NOT NULL REFERENCES restore_job (id),
  pack INTEGER NOT NULL REFERENCES pack (id),
  destination INTEGER REFERENCES destination (id),
  state TEXT NOT NULL CHECK (state IN ('planned', 'requested', 'thawing', 'ready', 'fetched', 'done')),
  ready_ns INTEGER,
  PRIMARY KEY (job, pack)
) STRICT, WITHOUT ROWID;

CREATE TABLE disc_set (
  id INTEGER PRIMARY KEY,
  guid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  medium TEXT NOT NULL,
  capacity_blocks INTEGER NOT NULL,
  created_ns INTEGER NOT NULL
) STRICT;

CREATE TABLE disc (
  id INTEGER PRIMARY KEY,
  disc_set INTEGER NOT NULL REFERENCES disc_set (id),
  number INTEGER NOT NULL,
  label TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('planned', 'imaged', 'burned', 'retired')),
  used_blocks INTEGER,
  image_sha256 BLOB,
  place TEXT,
  burned_ns INTEGER,
  verified_ns INTEGER,
  health TEXT,
  UNIQUE (disc_set, number)
) STRICT;

CREATE TABLE disc_file (
  disc INTEGER NOT NULL REFERENCES disc (id),
  content INTEGER NOT NULL REFERENCES content (id),
  path BLOB NOT NULL,
  offset INTEGER NOT NULL DEFAULT 0,
  length INTEGER NOT NULL,
  PRIMARY KEY (disc, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX disc_file_content ON disc_file (content);
${unfinishedTables}`;
