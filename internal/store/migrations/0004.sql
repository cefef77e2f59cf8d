-- Messages that wait for the end of the quiet hours, to be joined for each target; 0: the message does not.
ALTER TABLE outbox ADD COLUMN held_until BIGINT NOT NULL DEFAULT 0;
