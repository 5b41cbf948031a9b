-- What takes several requests or several checks to learn.
--
-- anonymity_seen has the codes of anonymity: what the latest judged check saw.
-- A proxy that was caught tampering: when it was caught last, and the row of clean checks since, its start and length.
-- rotation: 0 steady, 1 rotating, 2 settling.
-- latencies: 24 buckets of one byte each, from the fastest; null for none.
-- last_reason has one more code: 15 target check.
-- The latest deep check: when, how many of its requests went well (0..1), and how far their latencies lie apart.
--
-- Where there is nothing to say the columns are null, so that a row that comes from a list is hardly longer than
-- before; numbers that were written and say nothing are 0.
--
-- Going back keeps what these columns held in a table aside; coming up again takes it from there.

-- up
ALTER TABLE proxy ADD COLUMN anonymity_seen INTEGER;
ALTER TABLE proxy ADD COLUMN tampered_at INTEGER;
ALTER TABLE proxy ADD COLUMN clean_since INTEGER;
ALTER TABLE proxy ADD COLUMN clean_checks INTEGER;
ALTER TABLE proxy ADD COLUMN rotation INTEGER;
ALTER TABLE proxy ADD COLUMN latencies BLOB;
ALTER TABLE proxy ADD COLUMN deep_at INTEGER;
ALTER TABLE proxy ADD COLUMN deep_success_rate REAL;
ALTER TABLE proxy ADD COLUMN deep_spread_ms REAL;

CREATE TABLE IF NOT EXISTS latencies_and_probation_kept (
    proxy_id INTEGER NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    anonymity_seen INTEGER,
    tampered_at INTEGER,
    clean_since INTEGER,
    clean_checks INTEGER,
    rotation INTEGER,
    latencies BLOB,
    deep_at INTEGER,
    deep_success_rate REAL,
    deep_spread_ms REAL
) STRICT;
UPDATE proxy SET
anonymity_seen = kept.anonymity_seen,
-- Caught anew meanwhile: by the last check at the latest.
tampered_at = CASE WHEN proxy.version > kept.version AND proxy.last_reason = 12 THEN proxy.last_checked_at
    ELSE kept.tampered_at END,
-- A row of clean checks counts as long as nothing came between.
clean_since = CASE WHEN proxy.version = kept.version THEN kept.clean_since END,
clean_checks = CASE WHEN proxy.version = kept.version THEN kept.clean_checks END,
rotation = kept.rotation,
latencies = CASE WHEN proxy.verified = 2 THEN kept.latencies END,
deep_at = kept.deep_at,
deep_success_rate = kept.deep_success_rate,
deep_spread_ms = kept.deep_spread_ms
FROM latencies_and_probation_kept AS kept
WHERE kept.proxy_id = proxy.id;
DROP TABLE latencies_and_probation_kept;

-- Caught while this was not noted.
UPDATE proxy SET tampered_at = last_checked_at WHERE tampering > 0 AND coalesce(tampered_at, 0) = 0;

-- down
CREATE TABLE IF NOT EXISTS latencies_and_probation_kept (
    proxy_id INTEGER NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    anonymity_seen INTEGER,
    tampered_at INTEGER,
    clean_since INTEGER,
    clean_checks INTEGER,
    rotation INTEGER,
    latencies BLOB,
    deep_at INTEGER,
    deep_success_rate REAL,
    deep_spread_ms REAL
) STRICT;
INSERT INTO latencies_and_probation_kept (
    proxy_id, version, anonymity_seen, tampered_at, clean_since, clean_checks, rotation, latencies, deep_at,
    deep_success_rate, deep_spread_ms)
SELECT id, version, anonymity_seen, tampered_at, clean_since, clean_checks, rotation, latencies, deep_at,
    deep_success_rate, deep_spread_ms
FROM proxy
WHERE anonymity_seen > 0 OR tampered_at > 0 OR rotation > 0 OR latencies IS NOT NULL OR deep_at > 0;
ALTER TABLE proxy DROP COLUMN deep_spread_ms;
ALTER TABLE proxy DROP COLUMN deep_success_rate;
ALTER TABLE proxy DROP COLUMN deep_at;
ALTER TABLE proxy DROP COLUMN latencies;
ALTER TABLE proxy DROP COLUMN rotation;
ALTER TABLE proxy DROP COLUMN clean_checks;
ALTER TABLE proxy DROP COLUMN clean_since;
ALTER TABLE proxy DROP COLUMN tampered_at;
ALTER TABLE proxy DROP COLUMN anonymity_seen;
