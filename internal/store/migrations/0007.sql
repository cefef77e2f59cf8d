-- What the score asks for besides the rates: bonuses, penalties, excuses, the board of what is exposed, call backs.
ALTER TABLE issues ADD COLUMN passed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN exposed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN judged_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN judged_action VARCHAR(16) NOT NULL DEFAULT '';
ALTER TABLE issues ADD COLUMN excused BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE issues ADD COLUMN early BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE issues ADD COLUMN called_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN contacted BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE issues ADD COLUMN solved BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE issues ADD COLUMN mood VARCHAR(16) NOT NULL DEFAULT '';
CREATE INDEX issues_passed ON issues (passed_at, first_submitted_at, reported_at);
DROP INDEX issues_first_submitted;
CREATE INDEX issues_first_submitted ON issues (first_submitted_at, reported_at, scored_due);
CREATE INDEX issues_exposed ON issues (exposed_at);
CREATE INDEX issues_called ON issues (called_at);

-- What events say of a unit's work, drawn from them again whenever one is added; nth counts a unit's passes and returns.
CREATE TABLE judgements (
  issue_id BIGINT NOT NULL,
  seq INTEGER NOT NULL,
  at BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  unit VARCHAR(64) NOT NULL,
  person VARCHAR(64) NOT NULL,
  nth INTEGER NOT NULL,
  excused BOOLEAN NOT NULL,
  PRIMARY KEY (issue_id, seq)
);

-- What the events of older issues say, as far as a statement can: all of it was the present unit's.
UPDATE issues SET passed_at = COALESCE((SELECT MIN(at) FROM events WHERE issue_id = issues.id AND action = 'pass'), 0)
  WHERE unit <> '';
UPDATE issues SET judged_seq = COALESCE((SELECT MAX(seq) FROM events WHERE issue_id = issues.id AND at = issues.judged_at
  AND action IN ('return', 'relapse', 'uphold')), 0)
  WHERE judged_at > 0 AND judged_at >= assigned_at AND judged_at > closed_at;
UPDATE issues SET judged_action = (SELECT action FROM events WHERE issue_id = issues.id AND seq = issues.judged_seq) WHERE judged_seq > 0;
INSERT INTO judgements (issue_id, seq, at, kind, unit, person, nth, excused)
  SELECT e.issue_id, e.seq, e.at,
    CASE e.action WHEN 'pass' THEN 'passed' WHEN 'return' THEN 'returned' WHEN 'relapse' THEN 'relapsed' ELSE 'on_the_spot' END,
    CASE e.action WHEN 'solve_on_spot' THEN '' ELSE i.unit END,
    CASE e.action WHEN 'solve_on_spot' THEN e.person ELSE '' END,
    CASE WHEN e.action IN ('pass', 'return') THEN
      (SELECT COUNT(*) FROM events r WHERE r.issue_id = e.issue_id AND r.action = e.action AND r.seq <= e.seq) ELSE 0 END,
    FALSE
  FROM events e JOIN issues i ON i.id = e.issue_id WHERE e.action IN ('pass', 'return', 'relapse', 'solve_on_spot');
INSERT INTO judgements (issue_id, seq, at, kind, unit, person, nth, excused)
  SELECT e.issue_id, e.seq, e.at, CASE e.action WHEN 'uphold' THEN 'falsified' ELSE 'refused' END, i.unit, '', 0, FALSE
  FROM events e JOIN issues i ON i.id = e.issue_id WHERE e.action IN ('uphold', 'refuse') AND
    (SELECT a.action FROM events a WHERE a.issue_id = e.issue_id AND a.seq < e.seq
      AND a.action IN ('accuse', 'appeal', 'ask_send_back', 'ask_extend', 'ask_suspend', 'ask_void') ORDER BY a.seq DESC LIMIT 1)
    = CASE e.action WHEN 'uphold' THEN 'accuse' ELSE 'ask_send_back' END;
CREATE INDEX judgements_kind ON judgements (kind, at, nth, excused, issue_id, unit);
CREATE INDEX judgements_at ON judgements (at);
