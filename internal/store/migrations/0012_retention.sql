-- Retention: what was kept for its time goes; the rows stay where something is found by them or counted.
ALTER TABLE photos ADD COLUMN purged_at BIGINT NOT NULL DEFAULT 0;
DROP INDEX photos_issue;
CREATE INDEX photos_issue ON photos (issue_id, purged_at, at);
CREATE INDEX photos_purged ON photos (purged_at, at);

-- Files that no photo's row promises any more, until they are removed.
CREATE TABLE removals (
  file VARCHAR(255) PRIMARY KEY,
  sha256 CHAR(64) NOT NULL
);

ALTER TABLE inbox ADD COLUMN cleared_at BIGINT NOT NULL DEFAULT 0;
DROP INDEX inbox_open;
CREATE INDEX inbox_open ON inbox (cleared_at, done_at, id);
CREATE INDEX codes_expires ON codes (expires_at);
CREATE INDEX awaits_until ON awaits (until);
CREATE INDEX snapshots_state ON snapshots (state, at);

-- How much was removed on which day, whose beginning is its key.
CREATE TABLE removed (
  day BIGINT PRIMARY KEY,
  photos BIGINT NOT NULL,
  loose BIGINT NOT NULL,
  texts BIGINT NOT NULL,
  drafts BIGINT NOT NULL
);
