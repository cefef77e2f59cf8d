-- What a unit may appeal against, and what it has appealed against already.
ALTER TABLE issues ADD COLUMN judged_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN appealed_at BIGINT NOT NULL DEFAULT 0;

-- What the events of older issues say. 同意 is of an accusation or of an appeal, whichever was asked for last.
UPDATE issues SET judged_at = COALESCE((SELECT MAX(e.at) FROM events e WHERE e.issue_id = issues.id AND (e.action IN ('return', 'relapse')
  OR e.action = 'uphold' AND (SELECT a.action FROM events a WHERE a.issue_id = e.issue_id AND a.seq < e.seq
    AND a.action IN ('accuse', 'appeal') ORDER BY a.seq DESC LIMIT 1) = 'accuse')), 0);
UPDATE issues SET appealed_at = COALESCE((SELECT MAX(e.at) FROM events e WHERE e.issue_id = issues.id AND e.action = 'appeal'
  AND (SELECT d.action FROM events d WHERE d.issue_id = e.issue_id AND d.seq > e.seq
    AND d.action IN ('uphold', 'refuse', 'recall') ORDER BY d.seq LIMIT 1) IN ('uphold', 'refuse')), 0);
