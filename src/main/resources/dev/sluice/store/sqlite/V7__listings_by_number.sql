-- Listings name entries and sources by number alone.
--
-- They are written with numbers that were read or made in the same transaction, and neither entries nor sources are ever
-- deleted, so that references have nothing to find. Looking them up took a good part of the time of an import.

-- up
CREATE TABLE listing_new (
    proxy_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    first_listed_at INTEGER NOT NULL,
    listed_at INTEGER NOT NULL,
    unlisted_at INTEGER,
    PRIMARY KEY (proxy_id, source_id)
) STRICT, WITHOUT ROWID;
INSERT INTO listing_new (proxy_id, source_id, first_listed_at, listed_at, unlisted_at)
SELECT proxy_id, source_id, first_listed_at, listed_at, unlisted_at FROM listing ORDER BY proxy_id, source_id;
DROP TABLE listing;
ALTER TABLE listing_new RENAME TO listing;
CREATE INDEX listing_source ON listing (source_id) WHERE unlisted_at IS NULL;

-- down
CREATE TABLE listing_new (
    proxy_id INTEGER NOT NULL REFERENCES proxy (id),
    source_id INTEGER NOT NULL REFERENCES source (id),
    first_listed_at INTEGER NOT NULL,
    listed_at INTEGER NOT NULL,
    unlisted_at INTEGER,
    PRIMARY KEY (proxy_id, source_id)
) STRICT, WITHOUT ROWID;
INSERT INTO listing_new (proxy_id, source_id, first_listed_at, listed_at, unlisted_at)
SELECT proxy_id, source_id, first_listed_at, listed_at, unlisted_at FROM listing ORDER BY proxy_id, source_id;
DROP TABLE listing;
ALTER TABLE listing_new RENAME TO listing;
CREATE INDEX listing_source ON listing (source_id) WHERE unlisted_at IS NULL;
