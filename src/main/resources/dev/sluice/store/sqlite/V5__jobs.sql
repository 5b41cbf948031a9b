-- Jobs, and the chunks of imports.
--
-- A job's row is the truth about it, whatever carries it to a worker. id is a UUID version 7: ids sort by the time of
-- submission. Whoever works on it holds a lease; every write shows the token of the lease and is void without.
--   kind        1 validation, 2 geo, 3 analysis, 4 import, 5 export
--   state       0 pending, 1 processing, 2 completed, 3 failed, 4 cancelled
--   failures    JSON array, latest last
--   told_at     when a transport was last told of it since it waits; 0 for never
-- Jobs are taken by run_at less five minutes for each priority. Within a priority that is the order of run_at, so job_due
-- has a range for each, which ends where jobs are not due yet.
-- The table has row numbers of its own, because rows are long: a sign of life then changes one page, and the indexes are
-- small.
--
-- A chunk is written in one transaction with the entries it holds; counters of an import are sums over its chunks.
--
-- Going back keeps both tables under other names; coming up again takes them back.

-- up
CREATE TABLE IF NOT EXISTS job_kept (
    id TEXT NOT NULL PRIMARY KEY,
    kind INTEGER NOT NULL,
    type TEXT NOT NULL,
    payload TEXT NOT NULL,
    priority INTEGER NOT NULL,
    key TEXT,
    "partition" TEXT,
    node TEXT,
    delay_ms INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    owner TEXT,
    created_at INTEGER NOT NULL,
    state INTEGER NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    lost_leases INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER NOT NULL DEFAULT 0,
    lease_token INTEGER NOT NULL DEFAULT 0,
    worker TEXT,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    progress TEXT,
    cursor TEXT,
    result TEXT,
    failures TEXT NOT NULL DEFAULT '[]',
    updated_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL DEFAULT 0,
    told_at INTEGER NOT NULL DEFAULT 0
) STRICT;
ALTER TABLE job_kept RENAME TO job;
CREATE INDEX job_due ON job (kind, priority, run_at, id, node, "partition") WHERE state = 0;
CREATE INDEX job_untold ON job (told_at, run_at, id) WHERE state = 0;
CREATE INDEX job_state ON job (state, kind, id);
CREATE INDEX job_over ON job (finished_at, id) WHERE state > 1;
CREATE UNIQUE INDEX job_key ON job (key) WHERE key IS NOT NULL AND state IN (0, 1);
CREATE UNIQUE INDEX job_partition ON job ("partition") WHERE "partition" IS NOT NULL AND state = 1;

CREATE TABLE IF NOT EXISTS job_chunk_kept (
    job_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    added INTEGER NOT NULL,
    known INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    cursor TEXT NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;
ALTER TABLE job_chunk_kept RENAME TO job_chunk;

-- down
DROP INDEX job_due;
DROP INDEX job_untold;
DROP INDEX job_state;
DROP INDEX job_over;
DROP INDEX job_key;
DROP INDEX job_partition;
ALTER TABLE job_chunk RENAME TO job_chunk_kept;
ALTER TABLE job RENAME TO job_kept;
