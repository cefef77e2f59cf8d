-- Sessions of the dashboard. token is a hash; data is base64.
CREATE TABLE web_sessions (
  token VARCHAR(64) PRIMARY KEY,
  data TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX web_sessions_expires ON web_sessions (expires_at);
CREATE INDEX audit_at ON audit (at);
