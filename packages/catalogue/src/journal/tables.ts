/** Part of schema version 3: large files whose slices are stored in part, so that a cut run goes on; and names owed to stock tools. */
export const unfinishedTables = `
CREATE TABLE unfinished_file (
  id INTEGER PRIMARY KEY,
  directory INTEGER NOT NULL REFERENCES directory (id),
  name BLOB NOT NULL,
  UNIQUE (directory, name)
) STRICT;

CREATE TABLE unfinished_slice (
  file INTEGER NOT NULL REFERENCES unfinished_file (id),
  n INTEGER NOT NULL,
  slice INTEGER NOT NULL REFERENCES content (id),
  slices INTEGER NOT NULL,
  PRIMARY KEY (file, n, slices)
) STRICT, WITHOUT ROWID;
CREATE INDEX unfinished_slice_slice ON unfinished_slice (slice);

CREATE TABLE owed_name (
  id INTEGER PRIMARY KEY,
  directory INTEGER NOT NULL REFERENCES directory (id),
  name BLOB NOT NULL,
  n INTEGER NOT NULL,
  slices INTEGER NOT NULL,
  was_slices INTEGER
) STRICT;
`;

/** What a run keeps while it works; gone with the connection, and made anew by the next run's scan. */
export const journalTables = `
CREATE TEMP TABLE pending (
  seq INTEGER PRIMARY KEY,
  directory INTEGER NOT NULL,
  name BLOB NOT NULL,
  kind TEXT NOT NULL,
  size INTEGER NOT NULL,
  allocated INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  gid INTEGER NOT NULL,
  device INTEGER,
  inode INTEGER,
  target BLOB,
  previous INTEGER,
  state TEXT NOT NULL DEFAULT 'queued',
  leader INTEGER,
  sha256 BLOB,
  content INTEGER,
  unstable INTEGER NOT NULL DEFAULT 0,
  forced INTEGER NOT NULL DEFAULT 0,
  untold INTEGER NOT NULL DEFAULT 0
);
CREATE TEMP TABLE vanished (entry INTEGER PRIMARY KEY);
CREATE TEMP TABLE early (entry INTEGER PRIMARY KEY);
CREATE TEMP TABLE lost (content INTEGER PRIMARY KEY, stored INTEGER NOT NULL DEFAULT 0);
CREATE TEMP TABLE lost_run (run INTEGER PRIMARY KEY);
CREATE TEMP TABLE legacy (content INTEGER PRIMARY KEY);
`;

/** Made once the scan has ended: building them row by row would cost more. */
export const journalIndexes = `
CREATE INDEX temp.pending_state ON pending (state, kind);
CREATE INDEX temp.pending_previous ON pending (previous) WHERE previous IS NOT NULL;
CREATE INDEX temp.pending_leader ON pending (leader) WHERE leader IS NOT NULL;
CREATE INDEX temp.pending_path ON pending (directory, name);
CREATE INDEX temp.pending_inode ON pending (device, inode) WHERE inode IS NOT NULL;
CREATE INDEX temp.pending_size ON pending (size) WHERE kind = 'file';
`;
