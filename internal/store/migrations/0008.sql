-- Files that are made when their message is sent.
ALTER TABLE outbox ADD COLUMN recipe TEXT NOT NULL DEFAULT '';
-- Publications are drafts first, may be held, and may correct an earlier one; bulletins have numbers.
ALTER TABLE snapshots ADD COLUMN state VARCHAR(16) NOT NULL DEFAULT 'published';
ALTER TABLE snapshots ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE snapshots ADD COLUMN corrects BIGINT NOT NULL DEFAULT 0;
ALTER TABLE snapshots ADD COLUMN person VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE snapshots ADD COLUMN published_at BIGINT NOT NULL DEFAULT 0;
UPDATE snapshots SET published_at = at;
-- Rankings of earlier versions lack the rules that they were made by. They are kept, but nothing builds on them.
UPDATE snapshots SET kind = 'ranking_old' WHERE kind = 'ranking';
