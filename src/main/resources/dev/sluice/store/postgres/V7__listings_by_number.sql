-- Listings name entries and sources by number alone.
--
-- They are written with numbers that were read or made in the same transaction, and neither entries nor sources are ever
-- deleted, so that references have nothing to find. Looking them up took a good part of the time of an import.

-- up
ALTER TABLE listing DROP CONSTRAINT listing_proxy_id_fkey;
ALTER TABLE listing DROP CONSTRAINT listing_source_id_fkey;

-- down
ALTER TABLE listing ADD CONSTRAINT listing_proxy_id_fkey FOREIGN KEY (proxy_id) REFERENCES proxy (id);
ALTER TABLE listing ADD CONSTRAINT listing_source_id_fkey FOREIGN KEY (source_id) REFERENCES source (id);
