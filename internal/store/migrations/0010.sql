-- Who was where: the last look at the place of each issue, and the visits that found nothing to report.
ALTER TABLE issues ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN seen_by VARCHAR(64) NOT NULL DEFAULT '';
CREATE INDEX issues_seen ON issues (place, seen_at);
-- What the events of older issues say. A report counts if inspection found it.
UPDATE issues SET
  seen_at = COALESCE((SELECT e.at FROM events e WHERE e.issue_id = issues.id
    AND (e.action IN ('solve_on_spot', 'pass', 'return', 'look_back', 'relapse') OR e.action = 'report' AND issues.source IN ('', 'inspection'))
    ORDER BY e.seq DESC LIMIT 1), 0),
  seen_by = COALESCE((SELECT e.person FROM events e WHERE e.issue_id = issues.id
    AND (e.action IN ('solve_on_spot', 'pass', 'return', 'look_back', 'relapse') OR e.action = 'report' AND issues.source IN ('', 'inspection'))
    ORDER BY e.seq DESC LIMIT 1), '');

CREATE TABLE visits (
  id {{id}},
  place VARCHAR(255) NOT NULL,
  person VARCHAR(64) NOT NULL,
  at BIGINT NOT NULL,
  note TEXT NOT NULL,
  message VARCHAR(255) NOT NULL
);
CREATE INDEX visits_place ON visits (place, at);
