-- The newest issues of a unit, page by page.
CREATE INDEX issues_unit_reported ON issues (unit, reported_at);
