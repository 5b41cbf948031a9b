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
-- Every step of a job leaves a dead row behind, so the table is vacuumed early. A sign of life and a note of progress change
-- no column of an index and stay on their page: the few jobs that are being processed are found by their state.
-- job_state has an order the primary key cannot give, lest the planner walk all jobs in search of a state that has none.
--
-- A chunk is written in one transaction with the entries it holds; counters of an import are sums over its chunks.
--
-- Going back keeps both tables under other names; coming up again takes them back.

-- up
CREATE TABLE IF NOT EXISTS job_kept (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    kind smallint NOT NULL,
    type text NOT NULL,
    payload text NOT NULL,
    priority smallint NOT NULL,
    key text,
    "partition" text,
    node text,
    delay_ms bigint NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL,
    owner text,
    created_at bigint NOT NULL,
    state smallint NOT NULL,
    run_at bigint NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    lost_leases integer NOT NULL DEFAULT 0,
    lease_until bigint NOT NULL DEFAULT 0,
    lease_token bigint NOT NULL DEFAULT 0,
    worker text,
    cancel_requested boolean NOT NULL DEFAULT false,
    progress text,
    cursor text,
    result text,
    failures text NOT NULL DEFAULT '[]',
    updated_at bigint NOT NULL,
    finished_at bigint NOT NULL DEFAULT 0,
    told_at bigint NOT NULL DEFAULT 0
) WITH (
    fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE job_kept RENAME TO job;
CREATE INDEX job_due ON job (kind, priority, run_at, id) WHERE state = 0;
CREATE INDEX job_untold ON job (told_at, run_at, id) WHERE state = 0;
CREATE INDEX job_state ON job (state, kind, id DESC NULLS LAST);
CREATE INDEX job_over ON job (finished_at, id) WHERE state > 1;
CREATE UNIQUE INDEX job_key ON job (key) WHERE key IS NOT NULL AND state IN (0, 1);
CREATE UNIQUE INDEX job_partition ON job ("partition") WHERE "partition" IS NOT NULL AND state = 1;

CREATE TABLE IF NOT EXISTS job_chunk_kept (
    job_id text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    lines bigint NOT NULL,
    added bigint NOT NULL,
    known bigint NOT NULL,
    rejected bigint NOT NULL,
    cursor text NOT NULL,
    PRIMARY KEY (job_id, number)
);
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
