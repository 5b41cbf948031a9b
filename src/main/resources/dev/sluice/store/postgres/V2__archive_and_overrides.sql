-- Archive and overrides, and leases so that several instances share due work.
--
-- Archived: dead and unused for long, no longer checked, still queryable. Overrides belong to the administrator: null
-- means none; they hold until override_until, for ever when that is null. Tags are separated by commas.
-- A lease names the instance that works on an entry, and until when; taken work is not handed out before that.
--
-- Going back keeps what these columns held in a table aside; coming up again takes it from there.

-- up
ALTER TABLE proxy ADD COLUMN archived boolean NOT NULL DEFAULT false;
ALTER TABLE proxy ADD COLUMN archived_at bigint;
ALTER TABLE proxy ADD COLUMN tier_override smallint;
ALTER TABLE proxy ADD COLUMN priority_override smallint;
ALTER TABLE proxy ADD COLUMN active_override boolean;
ALTER TABLE proxy ADD COLUMN tags text;
ALTER TABLE proxy ADD COLUMN override_until bigint;
ALTER TABLE proxy ADD COLUMN lease_owner text;
ALTER TABLE proxy ADD COLUMN lease_until bigint;

CREATE TABLE IF NOT EXISTS archive_and_overrides_kept (
    proxy_id bigint NOT NULL PRIMARY KEY,
    archived boolean NOT NULL DEFAULT false,
    archived_at bigint,
    tier_override smallint,
    priority_override smallint,
    active_override boolean,
    tags text,
    override_until bigint
);
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

-- Archived entries are not due.
DROP INDEX proxy_due;
CREATE INDEX proxy_due ON proxy (priority, next_check_at, id) WHERE NOT archived;

-- What may be archived, the longest dead first. How long something has been in its state changes seldom.
CREATE INDEX proxy_dead ON proxy (state_since) WHERE NOT alive AND NOT archived AND last_checked_at > 0;

-- down
CREATE TABLE IF NOT EXISTS archive_and_overrides_kept (
    proxy_id bigint NOT NULL PRIMARY KEY,
    archived boolean NOT NULL DEFAULT false,
    archived_at bigint,
    tier_override smallint,
    priority_override smallint,
    active_override boolean,
    tags text,
    override_until bigint
);
INSERT INTO archive_and_overrides_kept (
    proxy_id, archived, archived_at, tier_override, priority_override, active_override, tags, override_until)
SELECT id, archived, archived_at, tier_override, priority_override, active_override, tags, override_until
FROM proxy
WHERE archived OR tier_override IS NOT NULL OR priority_override IS NOT NULL OR active_override IS NOT NULL
OR tags IS NOT NULL OR override_until IS NOT NULL;
DROP INDEX proxy_dead;
DROP INDEX proxy_due;
CREATE INDEX proxy_due ON proxy (priority, next_check_at, id);
ALTER TABLE proxy DROP COLUMN lease_until;
ALTER TABLE proxy DROP COLUMN lease_owner;
ALTER TABLE proxy DROP COLUMN override_until;
ALTER TABLE proxy DROP COLUMN tags;
ALTER TABLE proxy DROP COLUMN active_override;
ALTER TABLE proxy DROP COLUMN priority_override;
ALTER TABLE proxy DROP COLUMN tier_override;
ALTER TABLE proxy DROP COLUMN archived_at;
ALTER TABLE proxy DROP COLUMN archived;
