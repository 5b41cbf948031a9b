package dev.sluice.store.schema;

import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import dev.sluice.port.JobRecords.Claim;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a job at each step of its life: one place for all stores, which add what takes more than one job to
 * know (keys, partitions, room). Every method gives the job as it is afterwards; none asks whether the step may be taken,
 * but for those that say so.
 */
public final class JobRules {
    /** Most urgent first: by priority and age, then by age alone. */
    public static final Comparator<JobRecord> URGENCY =
            Comparator.<JobRecord>comparingLong(JobRules::rank).thenComparing(JobRecord::id);

    /** Jobs that are forgotten in one transaction: each may take thousands of chunks with it. */
    public static final int PURGED_AT_ONCE = 20;

    private static final int LONGEST_ERROR = 2_000;

    /** Ids are of letters, digits and hyphens. */
    private static final String AFTER_ALL_IDS = "~";

    private JobRules() {}

    /** Place in the order in which jobs are taken: the lower, the sooner. */
    private static long rank(JobRecord job) {
        return rank(job.job().priority(), job.runAtMillis());
    }

    /** As {@link #rank(JobRecord)}; within a priority it is the order of the times. */
    public static long rank(int priority, long runAtMillis) {
        return runAtMillis - priority * JobRecords.AGING_MILLIS;
    }

    /** A job nobody has seen yet. */
    public static JobRecord submitted(String id, NewJob job, long nowMillis) {
        long runAtMillis =
                nowMillis > Long.MAX_VALUE - job.delayMillis() ? Long.MAX_VALUE : nowMillis + job.delayMillis();
        return new JobRecord(
                id,
                job,
                JobState.PENDING,
                runAtMillis,
                0,
                0,
                0,
                0,
                null,
                false,
                null,
                null,
                null,
                List.of(),
                nowMillis,
                nowMillis,
                0);
    }

    /** Whether whoever claims it could have it, were its partition free. */
    public static boolean mayBeTaken(JobRecord job, Claim claim) {
        String node = job.job().node();
        return job.state() == JobState.PENDING
                && job.runAtMillis() <= claim.nowMillis()
                && (node == null || node.equals(claim.node()));
    }

    /** Whether the lease with this token is in force. */
    public static boolean holds(JobRecord job, long token) {
        return job.state() == JobState.PROCESSING && job.leaseToken() == token;
    }

    /** Leased. */
    public static JobRecord taken(JobRecord job, Claim claim) {
        Draft next = new Draft(job, claim.nowMillis());
        next.state = JobState.PROCESSING;
        next.attempts++;
        next.leaseUntilMillis = claim.leaseUntilMillis();
        next.leaseToken++;
        next.worker = claim.worker();
        return next.record();
    }

    /** With a longer lease; for people it has not changed. */
    public static JobRecord beaten(JobRecord job, long leaseUntilMillis) {
        Draft next = new Draft(job, job.updatedAtMillis());
        next.leaseUntilMillis = leaseUntilMillis;
        return next.record();
    }

    /**
     * Further than before. A job whose cursor moves is not what makes workers vanish: losses are counted anew.
     *
     * @param cursor null leaves it as it is
     */
    public static JobRecord progressed(JobRecord job, String progress, @Nullable String cursor, long nowMillis) {
        Draft next = new Draft(job, nowMillis);
        next.progress = progress;
        if (cursor != null && !cursor.equals(job.cursor())) {
            next.cursor = cursor;
            next.lostLeases = 0;
        }
        return next.record();
    }

    /** Over. */
    public static JobRecord ended(
            JobRecord job,
            JobState state,
            @Nullable String result,
            JobRecord.@Nullable Failure failure,
            long nowMillis) {
        Draft next = new Draft(job, nowMillis);
        next.end(state);
        next.result = result;
        if (failure != null) {
            next.add(failure);
        }
        return next.record();
    }

    /** To be tried again, unless it was asked to stop meanwhile: then it is over. */
    public static JobRecord again(JobRecord job, JobRecord.Failure failure, long runAtMillis, long nowMillis) {
        Draft next = new Draft(job, nowMillis);
        next.add(failure);
        next.release(runAtMillis);
        return next.record();
    }

    /** Handed back: as if it had not been taken. It keeps its age, and so its place. */
    public static JobRecord handedBack(JobRecord job, long nowMillis) {
        Draft next = new Draft(job, nowMillis);
        next.attempts--;
        next.release(Math.min(job.runAtMillis(), nowMillis));
        return next.record();
    }

    /** Taken from a worker that vanished: due again, or given up after {@code mostLost} of them. */
    public static JobRecord expired(JobRecord job, int mostLost, long nowMillis) {
        Draft next = new Draft(job, nowMillis);
        next.attempts--;
        next.lostLeases++;
        if (next.lostLeases >= mostLost && !job.cancelRequested()) {
            next.add(new JobRecord.Failure(
                    nowMillis,
                    job.attempts(),
                    String.valueOf(job.worker()),
                    "workers vanished while they did it: " + next.lostLeases + " (expected: fewer than " + mostLost
                            + ')'));
            next.end(JobState.FAILED);
        } else {
            next.release(Math.min(job.runAtMillis(), nowMillis));
        }
        return next.record();
    }

    /** Asked to stop: over when it waits, marked when it is worked on, unchanged when it is over already. */
    public static JobRecord cancelled(JobRecord job, long nowMillis) {
        if (!job.state().live() || job.cancelRequested()) {
            return job;
        }
        Draft next = new Draft(job, nowMillis);
        if (job.state() == JobState.PENDING) {
            next.end(JobState.CANCELLED);
        } else {
            next.cancelRequested = true;
        }
        return next.record();
    }

    /** Whether there is something to try again. */
    public static boolean mayBeRetried(JobRecord job) {
        return job.state() == JobState.FAILED || job.state() == JobState.CANCELLED;
    }

    /** Due at once, from where it was, with all its attempts. */
    public static JobRecord retried(JobRecord job, long nowMillis) {
        Draft next = new Draft(job, nowMillis);
        next.state = JobState.PENDING;
        next.runAtMillis = nowMillis;
        next.attempts = 0;
        next.lostLeases = 0;
        next.cancelRequested = false;
        next.finishedAtMillis = 0;
        return next.record();
    }

    /** Kinds a filter lets through. */
    public static Set<JobKind> kindsOf(JobFilter filter) {
        return filter.kinds().isEmpty() ? EnumSet.allOf(JobKind.class) : filter.kinds();
    }

    /** States a filter lets through. */
    public static Set<JobState> statesOf(JobFilter filter) {
        return filter.states().isEmpty() ? EnumSet.allOf(JobState.class) : filter.states();
    }

    /** What the ids of a page lie before. */
    public static String beforeId(JobFilter filter) {
        String before = filter.beforeId();
        return before == null ? AFTER_ALL_IDS : before;
    }

    /** A job that is about to change. */
    private static final class Draft {
        private final JobRecord before;
        private final long updatedAtMillis;
        private JobState state;
        private long runAtMillis;
        private int attempts;
        private int lostLeases;
        private long leaseUntilMillis;
        private long leaseToken;
        private @Nullable String worker;
        private boolean cancelRequested;
        private @Nullable String progress;
        private @Nullable String cursor;
        private @Nullable String result;
        private List<JobRecord.Failure> failures;
        private long finishedAtMillis;

        Draft(JobRecord before, long updatedAtMillis) {
            this.before = before;
            this.updatedAtMillis = updatedAtMillis;
            this.state = before.state();
            this.runAtMillis = before.runAtMillis();
            this.attempts = before.attempts();
            this.lostLeases = before.lostLeases();
            this.leaseUntilMillis = before.leaseUntilMillis();
            this.leaseToken = before.leaseToken();
            this.worker = before.worker();
            this.cancelRequested = before.cancelRequested();
            this.progress = before.progress();
            this.cursor = before.cursor();
            this.result = before.result();
            this.failures = before.failures();
            this.finishedAtMillis = before.finishedAtMillis();
        }

        void end(JobState how) {
            state = how;
            leaseUntilMillis = 0;
            finishedAtMillis = updatedAtMillis;
        }

        void release(long dueAtMillis) {
            if (cancelRequested) {
                end(JobState.CANCELLED);
                return;
            }
            state = JobState.PENDING;
            leaseUntilMillis = 0;
            runAtMillis = dueAtMillis;
        }

        void add(JobRecord.Failure failure) {
            List<JobRecord.Failure> all = new ArrayList<>(failures);
            String error = failure.error();
            all.add(
                    error.length() <= LONGEST_ERROR
                            ? failure
                            : new JobRecord.Failure(
                                    failure.atMillis(),
                                    failure.attempt(),
                                    failure.worker(),
                                    error.substring(0, LONGEST_ERROR)));
            failures = all.subList(Math.max(0, all.size() - JobRecord.MOST_FAILURES), all.size());
        }

        JobRecord record() {
            return new JobRecord(
                    before.id(),
                    before.job(),
                    state,
                    runAtMillis,
                    attempts,
                    lostLeases,
                    leaseUntilMillis,
                    leaseToken,
                    worker,
                    cancelRequested,
                    progress,
                    cursor,
                    result,
                    failures,
                    before.createdAtMillis(),
                    updatedAtMillis,
                    finishedAtMillis);
        }
    }
}
