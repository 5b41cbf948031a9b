-- Core: what a proxy is, what checks say about it, where it is, and who lists it.
--
-- Columns ending in _at and _since are milliseconds since 1970-01-01T00:00Z, 0 for never; _ms are milliseconds.
-- Codes, fixed for ever:
--   scheme      0 unknown, 1 http, 2 https, 4 socks4, 5 socks5
--   *capabilities  bits: 1 http, 2 https
--   verified    0 none, 1 connect, 2 full
--   anonymity   0 unknown, 1 transparent, 2 anonymous, 3 elite
--   tampering   0 none, 1 content, 2 certificate
--   tier        1 active, 2 at risk, 3 inactive, 4 unknown
--   risk        0 unrated, 1 low, 2 medium, 3 high, 4 dead
--   last_reason 0 none, 1 refused, 2 connect timeout, 3 unreachable, 4 dns, 5 timeout, 6 reset, 7 protocol, 8 auth,
--               9 target, 10 tls, 11 judge mismatch, 12 tampered, 13 forbidden, 14 local
-- The defaults of the health columns are the state of an entry nobody has checked.

-- down needs empty: proxy

-- up
CREATE TABLE proxy (
    -- identity; the password may be encrypted one day, so a digest of the credentials stands in the key, empty for none
    id INTEGER PRIMARY KEY,
    scheme INTEGER NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    username TEXT,
    password TEXT,
    credential_digest TEXT NOT NULL DEFAULT '',
    -- whether the scheme was found by a check; such an entry stands for its address when a list names no scheme.
    -- On an entry whose scheme is still unknown: the entries of what it speaks exist, it only remembers that.
    detected INTEGER NOT NULL DEFAULT 0,
    claimed_capabilities INTEGER NOT NULL DEFAULT 0,
    first_seen_at INTEGER NOT NULL,
    -- health: written by compare-and-set on version
    capabilities INTEGER NOT NULL DEFAULT 0,
    alive INTEGER NOT NULL DEFAULT 0,
    active INTEGER NOT NULL DEFAULT 1,
    verified INTEGER NOT NULL DEFAULT 0,
    anonymity INTEGER NOT NULL DEFAULT 0,
    tampering INTEGER NOT NULL DEFAULT 0,
    exit_address TEXT,
    tier INTEGER NOT NULL DEFAULT 4,
    risk INTEGER NOT NULL DEFAULT 0,
    priority INTEGER NOT NULL DEFAULT 5,
    next_check_at INTEGER NOT NULL,
    check_every_ms INTEGER NOT NULL DEFAULT 0,
    state_since INTEGER NOT NULL,
    last_checked_at INTEGER NOT NULL DEFAULT 0,
    last_alive_at INTEGER NOT NULL DEFAULT 0,
    success_rate REAL,
    latency_ms REAL,
    consecutive_failures INTEGER NOT NULL DEFAULT 0,
    checks INTEGER NOT NULL DEFAULT 0,
    successes INTEGER NOT NULL DEFAULT 0,
    uses INTEGER NOT NULL DEFAULT 0,
    last_reason INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 0,
    -- location; origin tells who said so, source for the claim of a list
    region TEXT,
    country TEXT,
    city TEXT,
    asn INTEGER NOT NULL DEFAULT 0,
    organisation TEXT,
    location_origin TEXT
) STRICT;

-- Identity. The scheme comes last so that one range finds all schemes at an address.
CREATE UNIQUE INDEX proxy_identity ON proxy (host, port, credential_digest, scheme);

-- What is served: a few percent of the rows, read in order of id at start.
CREATE INDEX proxy_alive ON proxy (id) WHERE alive = 1;

-- No index for due work: one process owns the file and keeps its calendar in memory, so that a check moves no index.

CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- Who lists what. unlisted_at is null while it is listed. The times are in no index.
CREATE TABLE listing (
    proxy_id INTEGER NOT NULL REFERENCES proxy (id),
    source_id INTEGER NOT NULL REFERENCES source (id),
    first_listed_at INTEGER NOT NULL,
    listed_at INTEGER NOT NULL,
    unlisted_at INTEGER,
    PRIMARY KEY (proxy_id, source_id)
) STRICT, WITHOUT ROWID;

-- What a source lists now: for the end of a fetch, and for counting.
CREATE INDEX listing_source ON listing (source_id) WHERE unlisted_at IS NULL;

-- down
DROP TABLE listing;
DROP TABLE source;
DROP TABLE proxy;
