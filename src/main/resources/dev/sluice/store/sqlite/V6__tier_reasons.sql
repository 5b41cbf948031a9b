-- Why an entry is in its tier, and since when.
--
-- tier_reason has the codes
--   0 none, 1 first success, 2 recovered, 3 steady, 4 forgiven, 5 first failure, 6 unsteady, 7 died,
--   8 failures in a row, 9 never worked, 10 tampered, 11 clean again, 12 reached, 13 overridden, 14 override ended,
--   15 replaced
-- tier_since is 0 when nothing has moved it. Null stands for 0 in both, so that rows that come from a list, and those
-- that are there, need not be written anew.
--
-- Going back keeps what these columns held in a table aside; coming up again takes it from there.

-- up
ALTER TABLE proxy ADD COLUMN tier_reason INTEGER;
ALTER TABLE proxy ADD COLUMN tier_since INTEGER;

CREATE TABLE IF NOT EXISTS tier_reasons_kept (
    proxy_id INTEGER NOT NULL PRIMARY KEY,
    tier INTEGER NOT NULL,
    tier_reason INTEGER,
    tier_since INTEGER
) STRICT;
-- What an older program has moved meanwhile, it moved for a reason nobody noted.
UPDATE proxy SET tier_reason = kept.tier_reason, tier_since = kept.tier_since
FROM tier_reasons_kept AS kept
WHERE kept.proxy_id = proxy.id AND kept.tier = proxy.tier;
DROP TABLE tier_reasons_kept;

-- down
CREATE TABLE IF NOT EXISTS tier_reasons_kept (
    proxy_id INTEGER NOT NULL PRIMARY KEY,
    tier INTEGER NOT NULL,
    tier_reason INTEGER,
    tier_since INTEGER
) STRICT;
INSERT INTO tier_reasons_kept (proxy_id, tier, tier_reason, tier_since)
SELECT id, tier, tier_reason, tier_since FROM proxy WHERE tier_reason > 0 OR tier_since > 0;
ALTER TABLE proxy DROP COLUMN tier_since;
ALTER TABLE proxy DROP COLUMN tier_reason;
