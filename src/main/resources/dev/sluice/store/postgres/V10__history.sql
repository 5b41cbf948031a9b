-- Histories: what happened to single proxies, and how the whole has developed.
--
-- check_batch: what happened, as it comes: a row for each batch of results, in the same transaction. Sorted rows hold
-- events of many batches, by proxy, on their way into the histories. bytes is packed; its first byte is the form.
-- check_writer: the number of the last batch of each writer, so that one that is tried again counts once.
-- check_history: of each proxy its latest checks, days and moves between tiers, packed; last_at is in seconds.
-- check_segment: earlier checks of proxies with many; written once.
-- series: tallies by bucket; width is in seconds, starts_at in milliseconds, dimension has the codes
--   0 total, 1 protocol, 2 country, 3 source
--
-- Going back puts the tables aside; coming up again brings them back.

-- up
CREATE TABLE IF NOT EXISTS check_batch_kept (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sorted boolean NOT NULL,
    events bigint NOT NULL,
    first_id bigint NOT NULL,
    last_id bigint NOT NULL,
    first_at bigint NOT NULL,
    bytes bytea NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
ALTER TABLE check_batch_kept RENAME TO check_batch;
CREATE TABLE IF NOT EXISTS check_writer_kept (
    name text NOT NULL PRIMARY KEY,
    number bigint NOT NULL,
    written_at bigint NOT NULL
);
ALTER TABLE check_writer_kept RENAME TO check_writer;
CREATE TABLE IF NOT EXISTS check_history_kept (
    proxy_id bigint NOT NULL PRIMARY KEY,
    last_at bigint NOT NULL,
    checks bytea,
    days bytea,
    moves bytea
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.1);
ALTER TABLE check_history_kept RENAME TO check_history;
CREATE TABLE IF NOT EXISTS check_segment_kept (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    proxy_id bigint NOT NULL,
    last_at bigint NOT NULL,
    checks bytea NOT NULL
);
ALTER TABLE check_segment_kept RENAME TO check_segment;
CREATE TABLE IF NOT EXISTS series_kept (
    width bigint NOT NULL,
    dimension smallint NOT NULL,
    starts_at bigint NOT NULL,
    writer text NOT NULL,
    tallies bytea NOT NULL,
    PRIMARY KEY (width, dimension, starts_at, writer)
);
ALTER TABLE series_kept RENAME TO series;
CREATE INDEX IF NOT EXISTS check_segment_proxy ON check_segment (proxy_id);
-- What is packed does not get shorter.
ALTER TABLE check_batch ALTER COLUMN bytes SET STORAGE EXTERNAL;
ALTER TABLE check_history ALTER COLUMN checks SET STORAGE EXTERNAL;
ALTER TABLE check_history ALTER COLUMN days SET STORAGE EXTERNAL;
ALTER TABLE check_history ALTER COLUMN moves SET STORAGE EXTERNAL;
ALTER TABLE check_segment ALTER COLUMN checks SET STORAGE EXTERNAL;
ALTER TABLE series ALTER COLUMN tallies SET STORAGE EXTERNAL;

-- down
ALTER TABLE check_batch RENAME TO check_batch_kept;
ALTER TABLE check_writer RENAME TO check_writer_kept;
ALTER TABLE check_history RENAME TO check_history_kept;
ALTER TABLE check_segment RENAME TO check_segment_kept;
ALTER TABLE series RENAME TO series_kept;
