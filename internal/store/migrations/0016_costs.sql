-- What is asked of years of issues is read from the index alone, or from the part of it that is open: rows of years lie far apart.
-- What is counted at a place, and who was there last.
DROP INDEX issues_place;
CREATE INDEX issues_place ON issues (place, reported_at, status, parent);
DROP INDEX issues_seen;
CREATE INDEX issues_seen ON issues (place, seen_at, seen_by, status);
-- What somebody reported that is open, and what they reported a moment ago.
DROP INDEX issues_reporter;
CREATE INDEX issues_reporter ON issues (reporter, status, reported_at);
-- What a unit answers for until the next one has signed.
CREATE INDEX issues_first ON issues (first_unit, status);
