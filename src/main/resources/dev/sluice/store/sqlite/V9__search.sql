-- Ways into the table for administrators who search it: each yields entries in the order of their numbers.
--
-- Only what seldom changes is indexed, and only of the entries that have it: where an entry is, that it is one of the few
-- in the tiers active and at risk, that it is archived. A check moves none of these unless it moves the entry to another
-- tier; an import without locations adds to none of them.

-- up
CREATE INDEX proxy_country ON proxy (country) WHERE country IS NOT NULL;
CREATE INDEX proxy_asn ON proxy (asn) WHERE asn > 0;
CREATE INDEX proxy_tier ON proxy (tier) WHERE tier < 3;
CREATE INDEX proxy_archived ON proxy (id) WHERE archived = 1;

-- down
DROP INDEX proxy_country;
DROP INDEX proxy_asn;
DROP INDEX proxy_tier;
DROP INDEX proxy_archived;
