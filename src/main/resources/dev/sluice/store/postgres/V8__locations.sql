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
ALTER TABLE proxy ADD COLUMN network_type smallint;
ALTER TABLE proxy ADD COLUMN located_at bigint;
ALTER TABLE proxy ADD COLUMN located_exit text;
ALTER TABLE proxy ADD COLUMN exit_region text;
ALTER TABLE proxy ADD COLUMN exit_country text;
ALTER TABLE proxy ADD COLUMN exit_city text;
ALTER TABLE proxy ADD COLUMN exit_asn bigint;
ALTER TABLE proxy ADD COLUMN exit_organisation text;
ALTER TABLE proxy ADD COLUMN exit_network_type smallint;
ALTER TABLE proxy ADD COLUMN exit_origin text;
ALTER TABLE proxy ADD COLUMN type_override smallint;

CREATE TABLE IF NOT EXISTS locations_kept (
    proxy_id bigint NOT NULL PRIMARY KEY,
    network_type smallint,
    located_at bigint,
    located_exit text,
    exit_region text,
    exit_country text,
    exit_city text,
    exit_asn bigint,
    exit_organisation text,
    exit_network_type smallint,
    exit_origin text,
    type_override smallint
);
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
    address text NOT NULL PRIMARY KEY,
    region text,
    country text,
    city text,
    asn bigint NOT NULL DEFAULT 0,
    organisation text,
    network_type smallint,
    origin text,
    located_at bigint NOT NULL,
    expires_at bigint NOT NULL
);

-- What has expired, the oldest first.
CREATE INDEX geo_cache_expiry ON geo_cache (expires_at);

-- down
DROP TABLE geo_cache;
CREATE TABLE IF NOT EXISTS locations_kept (
    proxy_id bigint NOT NULL PRIMARY KEY,
    network_type smallint,
    located_at bigint,
    located_exit text,
    exit_region text,
    exit_country text,
    exit_city text,
    exit_asn bigint,
    exit_organisation text,
    exit_network_type smallint,
    exit_origin text,
    type_override smallint
);
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
