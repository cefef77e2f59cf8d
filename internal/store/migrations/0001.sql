-- Instants are microseconds since 1970 in UTC; 0 means "not yet". {{id}} is the dialect's running key.
CREATE TABLE issues (
  id {{id}},
  text TEXT NOT NULL,
  place VARCHAR(255) NOT NULL,
  place_text VARCHAR(255) NOT NULL,
  category VARCHAR(64) NOT NULL,
  unit VARCHAR(64) NOT NULL,
  assignee VARCHAR(64) NOT NULL,
  reporter VARCHAR(64) NOT NULL,
  chat VARCHAR(64) NOT NULL,
  danger BOOLEAN NOT NULL,
  status VARCHAR(16) NOT NULL,
  time_limit VARCHAR(32) NOT NULL,
  said BOOLEAN NOT NULL,
  reported_at BIGINT NOT NULL,
  assigned_at BIGINT NOT NULL,
  signed_at BIGINT NOT NULL,
  due BIGINT NOT NULL,
  due_unsure BOOLEAN NOT NULL,
  level VARCHAR(8) NOT NULL,
  next_alarm BIGINT NOT NULL,
  first_submitted_at BIGINT NOT NULL,
  scored_due BIGINT NOT NULL,
  submitted_at BIGINT NOT NULL,
  submitted_by VARCHAR(64) NOT NULL,
  measure TEXT NOT NULL,
  review_due BIGINT NOT NULL,
  closed_at BIGINT NOT NULL,
  returns INTEGER NOT NULL,
  relapses INTEGER NOT NULL,
  extensions INTEGER NOT NULL,
  self_found BOOLEAN NOT NULL,
  on_the_spot BOOLEAN NOT NULL,
  merged_into BIGINT NOT NULL,
  seq INTEGER NOT NULL
);
CREATE INDEX issues_next_alarm ON issues (next_alarm);
CREATE INDEX issues_status_due ON issues (status, due);
CREATE INDEX issues_unit_status ON issues (unit, status);
CREATE INDEX issues_assignee_status ON issues (assignee, status);
CREATE INDEX issues_reporter ON issues (reporter, reported_at);
CREATE INDEX issues_reported ON issues (reported_at);
CREATE INDEX issues_first_submitted ON issues (first_submitted_at);
CREATE INDEX issues_closed ON issues (closed_at);
CREATE INDEX issues_place ON issues (place, reported_at);

CREATE TABLE events (
  issue_id BIGINT NOT NULL REFERENCES issues (id),
  seq INTEGER NOT NULL,
  at BIGINT NOT NULL,
  person VARCHAR(64) NOT NULL,
  action VARCHAR(16) NOT NULL,
  from_status VARCHAR(16) NOT NULL,
  to_status VARCHAR(16) NOT NULL,
  note TEXT NOT NULL,
  message VARCHAR(255) NOT NULL,
  details TEXT NOT NULL,
  PRIMARY KEY (issue_id, seq)
);
CREATE INDEX events_action_at ON events (action, at);

CREATE TABLE photos (
  id {{id}},
  issue_id BIGINT NOT NULL,
  kind VARCHAR(8) NOT NULL,
  sha256 CHAR(64) NOT NULL,
  file VARCHAR(255) NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  bytes BIGINT NOT NULL,
  person VARCHAR(64) NOT NULL,
  conversation VARCHAR(255) NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX photos_issue ON photos (issue_id);
CREATE INDEX photos_loose ON photos (conversation, person, issue_id, at);

-- Who may still send photos for what: one row per issue of a command that takes photos.
CREATE TABLE awaits (
  id {{id}},
  message VARCHAR(255) NOT NULL,
  conversation VARCHAR(255) NOT NULL,
  person VARCHAR(64) NOT NULL,
  issue_id BIGINT NOT NULL,
  kind VARCHAR(8) NOT NULL,
  submits BOOLEAN NOT NULL,
  note TEXT NOT NULL,
  need INTEGER NOT NULL,
  got INTEGER NOT NULL,
  until BIGINT NOT NULL
);
CREATE INDEX awaits_person ON awaits (conversation, person, until);
CREATE INDEX awaits_issue ON awaits (issue_id, person);

CREATE TABLE inbox (
  id {{id}},
  channel VARCHAR(32) NOT NULL,
  message_id VARCHAR(128) NOT NULL,
  conversation VARCHAR(255) NOT NULL,
  body TEXT NOT NULL,
  arrived_at BIGINT NOT NULL,
  done_at BIGINT NOT NULL,
  failure TEXT NOT NULL,
  UNIQUE (channel, message_id)
);
CREATE INDEX inbox_open ON inbox (done_at, id);

CREATE TABLE outbox (
  id {{id}},
  target VARCHAR(255) NOT NULL,
  text TEXT NOT NULL,
  mentions TEXT NOT NULL,
  attachment TEXT NOT NULL,
  dedup VARCHAR(255),
  state VARCHAR(8) NOT NULL,
  due_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  sent_at BIGINT NOT NULL,
  parts_sent INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  failure TEXT NOT NULL,
  UNIQUE (dedup)
);
CREATE INDEX outbox_due ON outbox (state, due_at, id);
CREATE INDEX outbox_target ON outbox (target, state, attempts);

CREATE TABLE job_runs (
  job VARCHAR(32) NOT NULL,
  slot BIGINT NOT NULL,
  result VARCHAR(8) NOT NULL,
  at BIGINT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (job, slot)
);

CREATE TABLE person_bindings (
  channel VARCHAR(32) NOT NULL,
  session VARCHAR(128) NOT NULL,
  sender VARCHAR(128) NOT NULL,
  person VARCHAR(64) NOT NULL,
  how VARCHAR(16) NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (channel, session, sender)
);
CREATE INDEX person_bindings_person ON person_bindings (person);

CREATE TABLE chat_bindings (
  channel VARCHAR(32) NOT NULL,
  chat VARCHAR(64) NOT NULL,
  session VARCHAR(128) NOT NULL,
  conversation VARCHAR(128) NOT NULL,
  name VARCHAR(255) NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (channel, chat)
);

CREATE TABLE codes (
  hash CHAR(64) PRIMARY KEY,
  kind VARCHAR(8) NOT NULL,
  subject VARCHAR(64) NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL
);

CREATE TABLE audit (
  id {{id}},
  at BIGINT NOT NULL,
  person VARCHAR(64) NOT NULL,
  what VARCHAR(32) NOT NULL,
  detail TEXT NOT NULL
);

CREATE TABLE snapshots (
  id {{id}},
  kind VARCHAR(16) NOT NULL,
  period_from BIGINT NOT NULL,
  period_to BIGINT NOT NULL,
  version VARCHAR(32) NOT NULL,
  inputs TEXT NOT NULL,
  text TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX snapshots_kind ON snapshots (kind, period_to);
