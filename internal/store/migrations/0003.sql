-- The whole life of an issue: responsibility, duties with clocks of their own, requests, look backs.
ALTER TABLE issues ADD COLUMN first_unit VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE issues ADD COLUMN source VARCHAR(16) NOT NULL DEFAULT '';
ALTER TABLE issues ADD COLUMN complaint BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE issues ADD COLUMN parent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN sign_due BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN signed_late BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE issues ADD COLUMN due_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN told VARCHAR(255) NOT NULL DEFAULT '';
ALTER TABLE issues ADD COLUMN returned_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN opinion_due BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN opinion_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN tell_due BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN published_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN reply_due BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN resume_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN look_back_due BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN look_back_by VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE issues ADD COLUMN look_backs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN request_kind VARCHAR(16) NOT NULL DEFAULT '';
ALTER TABLE issues ADD COLUMN request TEXT NOT NULL DEFAULT '';
ALTER TABLE issues ADD COLUMN send_backs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN appeals INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN falsified BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX issues_parent ON issues (parent);
CREATE INDEX issues_merged ON issues (merged_into);
CREATE INDEX issues_request ON issues (request_kind);
CREATE INDEX issues_reply ON issues (reply_due);
CREATE INDEX issues_look_back ON issues (look_back_due);
CREATE INDEX issues_place_text ON issues (place_text, reported_at);

-- What the events of older issues say. Rungs that were reached must not be told again; a rung tells all below it.
UPDATE issues SET told = CASE level
  WHEN 'L0' THEN 'L0' WHEN 'L1' THEN 'L0,L1' WHEN 'L2' THEN 'L0,L1,L2' WHEN 'L3' THEN 'L0,L1,L2,L3' ELSE 'L0,L1,L2,L3,L4' END
  WHERE level <> '';
UPDATE issues SET due_since = COALESCE((SELECT MAX(at) FROM events WHERE issue_id = issues.id AND details LIKE '%"Due":%'), 0);
UPDATE issues SET returned_at = COALESCE((SELECT MAX(at) FROM events WHERE issue_id = issues.id AND action = 'return'), 0);
UPDATE issues SET look_backs = (SELECT COUNT(*) FROM events WHERE issue_id = issues.id AND action IN ('look_back', 'relapse'));
-- Reviews have a clock of their own now, and what waits for one is not with its unit.
UPDATE issues SET next_alarm = review_due WHERE status = 'submitted';
