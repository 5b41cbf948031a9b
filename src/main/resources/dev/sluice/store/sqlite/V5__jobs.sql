-- Jobs, and the chunks of imports.
--
-- A job's row is the truth about it, whatever carries it to a worker. id is a UUID version 7: ids sort by the time of
-- submission. Whoever works on it holds a lease; every write shows the token of the lease and is void without.
--   kind        1 validation, 3 analysis, 4 import, 5 export
--   state       0 pending, 1 processing, 2 completed, 3 failed, 4 cancelled
--   rank_at     run_at less five minutes for each priority: the order in which jobs are taken
--   failures    JSON array, latest last
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
    partition TEXT,
    node TEXT,
    max_attempts INTEGER NOT NULL,
    owner TEXT,
    state INTEGER NOT NULL,
    run_at INTEGER NOT NULL,
    rank_at INTEGER NOT NULL,
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
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL DEFAULT 0,
    told_at INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

ALTER TABLE job_kept RENAME TO job;
CREATE INDEX job_due ON job (kind, rank_at) WHERE state = 0;
CREATE UNIQUE INDEX job_key ON job (key) WHERE key IS NOT NULL AND state IN (0, 1);
CREATE UNIQUE INDEX job_partition ON job (partition) WHERE partition IS NOT NULL AND state = 1;
CREATE INDEX job_lease ON job (lease_until) WHERE state = 1;
CREATE INDEX job_over ON job (finished_at) WHERE state > 1;

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
DROP INDEX job_key;
DROP INDEX job_partition;
DROP INDEX job_lease;
DROP INDEX job_over;
ALTER TABLE job_chunk RENAME TO job_chunk_kept;
ALTER TABLE job RENAME TO job_kept;
