-- API keys, what was set at run time, and the order in which entries turned.
--
-- An API key is kept as a keyed hash of its secret part, never itself; pepper_id says which pepper keyed the hash.
--   roles       bits: 1 read, 2 feedback, 4 admin
-- A setting is a text; database.name is a random name that this database got when it was first opened.
--
-- Going back keeps what these tables held in tables aside; coming up again takes it from there.

-- up
CREATE TABLE api_key (
    id TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    roles INTEGER NOT NULL,
    credentials INTEGER NOT NULL,
    hash BLOB NOT NULL,
    pepper_id TEXT NOT NULL,
    requests_per_second INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL DEFAULT 0,
    revoked_at INTEGER NOT NULL DEFAULT 0,
    last_used_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS api_key_kept (
    id TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    roles INTEGER NOT NULL,
    credentials INTEGER NOT NULL,
    hash BLOB NOT NULL,
    pepper_id TEXT NOT NULL,
    requests_per_second INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL DEFAULT 0,
    revoked_at INTEGER NOT NULL DEFAULT 0,
    last_used_at INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO api_key (
    id, label, roles, credentials, hash, pepper_id, requests_per_second, created_at, expires_at, revoked_at,
    last_used_at)
SELECT id, label, roles, credentials, hash, pepper_id, requests_per_second, created_at, expires_at, revoked_at,
    last_used_at
FROM api_key_kept;
DROP TABLE api_key_kept;

CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS setting_kept (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO setting (name, value) SELECT name, value FROM setting_kept;
DROP TABLE setting_kept;

-- Which entries turned since some time, dead or alive: only those that were alive once, a few percent, and those that
-- were replaced, for they may have been. One process owns the file and knows what it found itself, but after a start
-- from a snapshot it asks for what came later, and a pass over a million rows would take longer than the snapshot saves.
CREATE INDEX proxy_turned ON proxy (state_since)
WHERE last_alive_at > 0 OR state_since > first_seen_at;

-- down
DROP INDEX proxy_turned;
CREATE TABLE IF NOT EXISTS api_key_kept (
    id TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    roles INTEGER NOT NULL,
    credentials INTEGER NOT NULL,
    hash BLOB NOT NULL,
    pepper_id TEXT NOT NULL,
    requests_per_second INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL DEFAULT 0,
    revoked_at INTEGER NOT NULL DEFAULT 0,
    last_used_at INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO api_key_kept (
    id, label, roles, credentials, hash, pepper_id, requests_per_second, created_at, expires_at, revoked_at,
    last_used_at)
SELECT id, label, roles, credentials, hash, pepper_id, requests_per_second, created_at, expires_at, revoked_at,
    last_used_at
FROM api_key;
DROP TABLE api_key;
CREATE TABLE IF NOT EXISTS setting_kept (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO setting_kept (name, value) SELECT name, value FROM setting;
DROP TABLE setting;
