-- Points that the office gives or takes by hand. A second person decides; what is decided is never altered.
CREATE TABLE adjustments (
  id {{id}},
  unit VARCHAR(64) NOT NULL,
  points BIGINT NOT NULL,
  reason TEXT NOT NULL,
  person VARCHAR(64) NOT NULL,
  at BIGINT NOT NULL,
  chat VARCHAR(64) NOT NULL,
  state VARCHAR(16) NOT NULL,
  decided_by VARCHAR(64) NOT NULL,
  decided_at BIGINT NOT NULL,
  note TEXT NOT NULL
);
CREATE INDEX adjustments_decided ON adjustments (decided_at);
CREATE INDEX adjustments_state ON adjustments (state, decided_at);
