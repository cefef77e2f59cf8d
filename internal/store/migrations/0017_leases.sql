-- Processes that share this database, and what only one of them may do (docs/adr/0041-leases.md).
CREATE TABLE workers (
  id VARCHAR(32) NOT NULL PRIMARY KEY,
  place VARCHAR(32) NOT NULL,
  name VARCHAR(200) NOT NULL,
  works VARCHAR(200) NOT NULL,
  beat BIGINT NOT NULL,
  seen_at BIGINT NOT NULL
);
CREATE TABLE leases (
  name VARCHAR(32) NOT NULL PRIMARY KEY,
  holder VARCHAR(32) NOT NULL,
  note TEXT NOT NULL
);
