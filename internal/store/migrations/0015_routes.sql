-- A message may be carried by one of several channels: the one on which somebody asked is tried first, and the one that tried it last
-- goes on with it.
ALTER TABLE outbox ADD COLUMN via VARCHAR(32) NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN route VARCHAR(32) NOT NULL DEFAULT '';
