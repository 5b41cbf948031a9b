-- Where addresses and exits are, what administrators say of networks, and answers about addresses worth keeping.
--
-- network_type, exit_network_type and type_override have the codes 1 datacenter, 2 residential, 3 mobile; null for
-- unknown. located_at is when a location was last written, null while it is as lists claim it. What stands in the
-- columns exit_* holds for the address in located_exit alone: while the exit address is another one, which an older
-- program may write, too, nothing is known of it. All of them are null until something is known, so that rows that come
-- from a list need not be written anew.
--
-- Going back keeps what these columns held in a table aside; coming up again takes it from there. What geo_cache held
-- can be asked for again, and goes.

-- up
ALTER TABLE proxy ADD COLUMN network_type INTEGER;
ALTER TABLE proxy ADD COLUMN located_at INTEGER;
ALTER TABLE proxy ADD COLUMN located_exit TEXT;
ALTER TABLE proxy ADD COLUMN exit_region TEXT;
ALTER TABLE proxy ADD COLUMN exit_country TEXT;
ALTER TABLE proxy ADD COLUMN exit_city TEXT;
ALTER TABLE proxy ADD COLUMN exit_asn INTEGER;
ALTER TABLE proxy ADD COLUMN exit_organisation TEXT;
ALTER TABLE proxy ADD COLUMN exit_network_type INTEGER;
ALTER TABLE proxy ADD COLUMN exit_origin TEXT;
ALTER TABLE proxy ADD COLUMN type_override INTEGER;

CREATE TABLE IF NOT EXISTS locations_kept (
    proxy_id INTEGER NOT NULL PRIMARY KEY,
    network_type INTEGER,
    located_at INTEGER,
    located_exit TEXT,
    exit_region TEXT,
    exit_country TEXT,
    exit_city TEXT,
    exit_asn INTEGER,
    exit_organisation TEXT,
    exit_network_type INTEGER,
    exit_origin TEXT,
    type_override INTEGER
) STRICT;
UPDATE proxy SET
network_type = kept.network_type,
located_at = kept.located_at,
located_exit = kept.located_exit,
exit_region = kept.exit_region,
exit_country = kept.exit_country,
exit_city = kept.exit_city,
exit_asn = kept.exit_asn,
exit_organisation = kept.exit_organisation,
exit_network_type = kept.exit_network_type,
exit_origin = kept.exit_origin,
type_override = kept.type_override
FROM locations_kept AS kept
WHERE kept.proxy_id = proxy.id;
DROP TABLE locations_kept;

CREATE TABLE geo_cache (
    address TEXT NOT NULL PRIMARY KEY,
    region TEXT,
    country TEXT,
    city TEXT,
    asn INTEGER NOT NULL DEFAULT 0,
    organisation TEXT,
    network_type INTEGER,
    origin TEXT,
    located_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What has expired, the oldest first.
CREATE INDEX geo_cache_expiry ON geo_cache (expires_at);

-- down
DROP TABLE geo_cache;
CREATE TABLE IF NOT EXISTS locations_kept (
    proxy_id INTEGER NOT NULL PRIMARY KEY,
    network_type INTEGER,
    located_at INTEGER,
    located_exit TEXT,
    exit_region TEXT,
    exit_country TEXT,
    exit_city TEXT,
    exit_asn INTEGER,
    exit_organisation TEXT,
    exit_network_type INTEGER,
    exit_origin TEXT,
    type_override INTEGER
) STRICT;
INSERT INTO locations_kept (
    proxy_id, network_type, located_at, located_exit, exit_region, exit_country, exit_city, exit_asn,
    exit_organisation, exit_network_type, exit_origin, type_override)
SELECT
    id, network_type, located_at, located_exit, exit_region, exit_country, exit_city, exit_asn,
    exit_organisation, exit_network_type, exit_origin, type_override
FROM proxy
WHERE located_at IS NOT NULL OR type_override IS NOT NULL;
ALTER TABLE proxy DROP COLUMN type_override;
ALTER TABLE proxy DROP COLUMN exit_origin;
ALTER TABLE proxy DROP COLUMN exit_network_type;
ALTER TABLE proxy DROP COLUMN exit_organisation;
ALTER TABLE proxy DROP COLUMN exit_asn;
ALTER TABLE proxy DROP COLUMN exit_city;
ALTER TABLE proxy DROP COLUMN exit_country;
ALTER TABLE proxy DROP COLUMN exit_region;
ALTER TABLE proxy DROP COLUMN located_exit;
ALTER TABLE proxy DROP COLUMN located_at;
ALTER TABLE proxy DROP COLUMN network_type;
