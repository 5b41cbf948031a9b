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
    number INTEGER PRIMARY KEY,
    sorted INTEGER NOT NULL,
    events INTEGER NOT NULL,
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
ALTER TABLE check_batch_kept RENAME TO check_batch;
CREATE TABLE IF NOT EXISTS check_writer_kept (
    name TEXT NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL,
    written_at INTEGER NOT NULL
) STRICT;
ALTER TABLE check_writer_kept RENAME TO check_writer;
CREATE TABLE IF NOT EXISTS check_history_kept (
    proxy_id INTEGER PRIMARY KEY,
    last_at INTEGER NOT NULL,
    checks BLOB,
    days BLOB,
    moves BLOB
) STRICT;
ALTER TABLE check_history_kept RENAME TO check_history;
CREATE TABLE IF NOT EXISTS check_segment_kept (
    number INTEGER PRIMARY KEY,
    proxy_id INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    checks BLOB NOT NULL
) STRICT;
ALTER TABLE check_segment_kept RENAME TO check_segment;
CREATE TABLE IF NOT EXISTS series_kept (
    width INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    writer TEXT NOT NULL,
    tallies BLOB NOT NULL,
    PRIMARY KEY (width, dimension, starts_at, writer)
) STRICT;
ALTER TABLE series_kept RENAME TO series;
CREATE INDEX IF NOT EXISTS check_segment_proxy ON check_segment (proxy_id);

-- down
ALTER TABLE check_batch RENAME TO check_batch_kept;
ALTER TABLE check_writer RENAME TO check_writer_kept;
ALTER TABLE check_history RENAME TO check_history_kept;
ALTER TABLE check_segment RENAME TO check_segment_kept;
ALTER TABLE series RENAME TO series_kept;
