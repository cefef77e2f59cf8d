-- Batches of issues from a spreadsheet: waiting for their file, shown to the office, filed. Terms and rows are JSON; rows are kept
-- only until the batch is filed or dropped. A batch is filed in one transaction, so that its issues are those from first_issue
-- to last_issue.
CREATE TABLE batches (
  id {{id}},
  state VARCHAR(16) NOT NULL,
  name VARCHAR(255) NOT NULL,
  source VARCHAR(16) NOT NULL,
  words VARCHAR(64) NOT NULL,
  terms TEXT NOT NULL,
  rows_json TEXT NOT NULL,
  file_name VARCHAR(255) NOT NULL,
  sha256 VARCHAR(64) NOT NULL,
  file VARCHAR(255) NOT NULL,
  count BIGINT NOT NULL,
  person VARCHAR(64) NOT NULL,
  chat VARCHAR(64) NOT NULL,
  conversation VARCHAR(255) NOT NULL,
  at BIGINT NOT NULL,
  until BIGINT NOT NULL,
  filed_at BIGINT NOT NULL,
  filed_by VARCHAR(64) NOT NULL,
  first_issue BIGINT NOT NULL,
  last_issue BIGINT NOT NULL
);
CREATE INDEX batches_state ON batches (state, until);
CREATE INDEX batches_file ON batches (sha256, state);
-- Files that somebody sent a moment ago are found again by their conversation.
CREATE INDEX inbox_recent ON inbox (conversation, arrived_at);
