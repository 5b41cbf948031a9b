-- API keys, what was set at run time, and the order in which entries turned.
--
-- An API key is kept as a keyed hash of its secret part, never itself; pepper_id says which pepper keyed the hash.
--   roles       bits: 1 read, 2 feedback, 4 admin
-- A setting is a text; database.name is a random name that this database got when it was first opened.
--
-- Going back keeps what these tables held in tables aside; coming up again takes it from there.

-- up
CREATE TABLE api_key (
    id text NOT NULL PRIMARY KEY,
    label text NOT NULL,
    roles smallint NOT NULL,
    credentials boolean NOT NULL,
    hash bytea NOT NULL,
    pepper_id text NOT NULL,
    requests_per_second integer NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL DEFAULT 0,
    revoked_at bigint NOT NULL DEFAULT 0,
    last_used_at bigint NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS api_key_kept (
    id text NOT NULL PRIMARY KEY,
    label text NOT NULL,
    roles smallint NOT NULL,
    credentials boolean NOT NULL,
    hash bytea NOT NULL,
    pepper_id text NOT NULL,
    requests_per_second integer NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL DEFAULT 0,
    revoked_at bigint NOT NULL DEFAULT 0,
    last_used_at bigint NOT NULL DEFAULT 0
);
INSERT INTO api_key (
    id, label, roles, credentials, hash, pepper_id, requests_per_second, created_at, expires_at, revoked_at,
    last_used_at)
SELECT id, label, roles, credentials, hash, pepper_id, requests_per_second, created_at, expires_at, revoked_at,
    last_used_at
FROM api_key_kept;
DROP TABLE api_key_kept;

CREATE TABLE setting (
    name text NOT NULL PRIMARY KEY,
    value text NOT NULL
);
CREATE TABLE IF NOT EXISTS setting_kept (
    name text NOT NULL PRIMARY KEY,
    value text NOT NULL
);
INSERT INTO setting (name, value) SELECT name, value FROM setting_kept;
DROP TABLE setting_kept;

-- Which entries turned since some time, dead or alive: only those that were alive once, a few percent, and those that
-- were replaced, for they may have been. A check that turns nothing moves them on no page: what it changes of these
-- columns is last_alive_at at most, and then proxy_due has the row written anew already. A lease changes none of them
-- and stays on its page. It comes last because writers wait while it is built: one pass over the table, half a second
-- for a million rows.
CREATE INDEX proxy_turned ON proxy (state_since, id)
WHERE last_alive_at > 0 OR state_since > first_seen_at;

-- down
-- What another instance writes meanwhile, a revocation above all, must not fall between the two tables.
LOCK TABLE api_key, setting IN ACCESS EXCLUSIVE MODE;
DROP INDEX proxy_turned;
CREATE TABLE IF NOT EXISTS api_key_kept (
    id text NOT NULL PRIMARY KEY,
    label text NOT NULL,
    roles smallint NOT NULL,
    credentials boolean NOT NULL,
    hash bytea NOT NULL,
    pepper_id text NOT NULL,
    requests_per_second integer NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL DEFAULT 0,
    revoked_at bigint NOT NULL DEFAULT 0,
    last_used_at bigint NOT NULL DEFAULT 0
);
INSERT INTO api_key_kept (
    id, label, roles, credentials, hash, pepper_id, requests_per_second, created_at, expires_at, revoked_at,
    last_used_at)
SELECT id, label, roles, credentials, hash, pepper_id, requests_per_second, created_at, expires_at, revoked_at,
    last_used_at
FROM api_key;
DROP TABLE api_key;
CREATE TABLE IF NOT EXISTS setting_kept (
    name text NOT NULL PRIMARY KEY,
    value text NOT NULL
);
INSERT INTO setting_kept (name, value) SELECT name, value FROM setting;
DROP TABLE setting;
