-- Where a network is slow, what is urgent goes before what nobody waits for.
ALTER TABLE outbox ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
