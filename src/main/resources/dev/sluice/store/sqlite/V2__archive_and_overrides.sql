-- Archive and overrides.
--
-- Archived: dead and unused for long, no longer checked, still queryable. Overrides belong to the administrator: null
-- means none; they hold until override_until, for ever when that is null. Tags are separated by commas.
--
-- Going back keeps what these columns held in a table aside; coming up again takes it from there.

-- up
ALTER TABLE proxy ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE proxy ADD COLUMN archived_at INTEGER;
ALTER TABLE proxy ADD COLUMN tier_override INTEGER;
ALTER TABLE proxy ADD COLUMN priority_override INTEGER;
ALTER TABLE proxy ADD COLUMN active_override INTEGER;
ALTER TABLE proxy ADD COLUMN tags TEXT;
ALTER TABLE proxy ADD COLUMN override_until INTEGER;

CREATE TABLE IF NOT EXISTS archive_and_overrides_kept (
    proxy_id INTEGER NOT NULL PRIMARY KEY,
    archived INTEGER NOT NULL DEFAULT 0,
    archived_at INTEGER,
    tier_override INTEGER,
    priority_override INTEGER,
    active_override INTEGER,
    tags TEXT,
    override_until INTEGER
) STRICT;
UPDATE proxy SET
archived = kept.archived,
archived_at = kept.archived_at,
tier_override = kept.tier_override,
priority_override = kept.priority_override,
active_override = kept.active_override,
tags = kept.tags,
override_until = kept.override_until
FROM archive_and_overrides_kept AS kept
WHERE kept.proxy_id = proxy.id;
DROP TABLE archive_and_overrides_kept;

-- What may be archived, the longest dead first. How long something has been in its state changes seldom.
CREATE INDEX proxy_dead ON proxy (state_since) WHERE alive = 0 AND archived = 0 AND last_checked_at > 0;

-- down
CREATE TABLE IF NOT EXISTS archive_and_overrides_kept (
    proxy_id INTEGER NOT NULL PRIMARY KEY,
    archived INTEGER NOT NULL DEFAULT 0,
    archived_at INTEGER,
    tier_override INTEGER,
    priority_override INTEGER,
    active_override INTEGER,
    tags TEXT,
    override_until INTEGER
) STRICT;
INSERT INTO archive_and_overrides_kept (
    proxy_id, archived, archived_at, tier_override, priority_override, active_override, tags, override_until)
SELECT id, archived, archived_at, tier_override, priority_override, active_override, tags, override_until
FROM proxy
WHERE archived = 1 OR tier_override IS NOT NULL OR priority_override IS NOT NULL OR active_override IS NOT NULL
OR tags IS NOT NULL OR override_until IS NOT NULL;
DROP INDEX proxy_dead;
ALTER TABLE proxy DROP COLUMN override_until;
ALTER TABLE proxy DROP COLUMN tags;
ALTER TABLE proxy DROP COLUMN active_override;
ALTER TABLE proxy DROP COLUMN priority_override;
ALTER TABLE proxy DROP COLUMN tier_override;
ALTER TABLE proxy DROP COLUMN archived_at;
ALTER TABLE proxy DROP COLUMN archived;
