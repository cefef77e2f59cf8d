-- How many photos a command had by itself, before it waited for more.
ALTER TABLE awaits ADD COLUMN had INTEGER NOT NULL DEFAULT 0;
