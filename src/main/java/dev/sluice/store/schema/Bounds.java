package dev.sluice.store.schema;

import dev.sluice.port.GeoCache;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import dev.sluice.port.JobState;
import dev.sluice.port.JobsFullException;
import dev.sluice.port.KeyRecord;
import dev.sluice.port.SeriesHistory;
import dev.sluice.store.CheckBatch;
import dev.sluice.store.ImportChunk;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreException;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a store takes from its callers. Every method throws {@link StoreException} with the name of the database and what
 * was expected; secrets, labels, values of settings and what jobs carry are never repeated.
 *
 * @param database its name for messages
 */
public record Bounds(String database) {
    private static final int LONGEST_PAGE = 10_000;
    private static final int HIGHEST_PRIORITY = 10;
    private static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9]{1,64}");
    private static final int LONGEST_LABEL = 100;
    private static final int LONGEST_PEPPER_ID = 64;
    private static final int HASH_BYTES = 32;
    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_VALUE = 10_000;
    private static final Pattern JOB_ID = Pattern.compile("[A-Za-z0-9-]{1,64}");
    private static final int MOST_TAKEN = 100;
    private static final int MOST_EXPIRED = 1_000;
    private static final int LONGEST_NOTE = 65_536;
    private static final int LONGEST_WRITER = 64;
    private static final int MOST_EVENTS = 20_000;
    private static final int MOST_BUCKETS = 100;

    /** How many entries are asked for by number. */
    public void ids(String action, int count) {
        check(action, "number of ids", count, 1, ProxyStore.MAX_IDS);
    }

    /** How many entries are located at once. */
    public void located(int count) {
        check("locate", "number of entries", count, 0, ProxyStore.MAX_IDS);
    }

    /** How many addresses are asked for, or kept, at once. */
    public void addresses(String action, int count) {
        check(action, "number of addresses", count, 0, GeoCache.MAX_ADDRESSES);
    }

    /** A priority. */
    public void priority(String action, int priority) {
        check(action, "priority", priority, 1, HIGHEST_PRIORITY);
    }

    /** A range of priorities. */
    public void priorities(String action, int lowest, int highest) {
        check(action, "lowest priority", lowest, 1, HIGHEST_PRIORITY);
        check(action, "highest priority", highest, lowest, HIGHEST_PRIORITY);
    }

    /** The size of a page. */
    public void limit(String action, int limit) {
        check(action, "limit", limit, 1, LONGEST_PAGE);
    }

    /** A key to keep. */
    public void key(KeyRecord key) {
        String action = "adding a key";
        if (!KEY_ID.matcher(key.id()).matches()) {
            // Whoever mixed up the parts of a key would find its secret in the log.
            throw refusal(action, "id: " + key.id().length() + " characters", "1..64 letters and digits");
        }
        check(action, "characters of the label", characters(key.label()), 1, LONGEST_LABEL);
        check(action, "characters of the pepper's id", characters(key.pepperId()), 1, LONGEST_PEPPER_ID);
        check(action, "bytes of the hash", key.hash().length, HASH_BYTES, HASH_BYTES);
        check(action, "requests a second", key.requestsPerSecond(), 0, Integer.MAX_VALUE);
    }

    /** The failure of keeping a key whose id another one has. */
    public StoreException taken(KeyRecord key) {
        return refusal("adding a key", "id: " + key.id(), "one that is not taken");
    }

    /** When a key was revoked: 0 would leave it as it is. */
    public void revokedAt(long atMillis) {
        check("revoking a key", "time", atMillis, 1, Long.MAX_VALUE);
    }

    /** A setting to keep. */
    public void setting(String name, String value) {
        check("setting", "characters of the name", name.length(), 1, LONGEST_NAME);
        check("setting " + name, "characters of the value", value.length(), 0, LONGEST_VALUE);
    }

    /** A job to keep. */
    public void job(String id, long mostLive) {
        if (!JOB_ID.matcher(id).matches()) {
            throw refusal("adding a job", "id: " + id.length() + " characters", "1..64 letters, digits and hyphens");
        }
        check("adding a job", "most live jobs", mostLive, 0, Long.MAX_VALUE);
    }

    /** The failure of adding a job where too many wait. */
    public JobsFullException full(JobKind kind, long mostLive) {
        return new JobsFullException(database + ": adding a job: live jobs of kind " + kind.text() + ": " + mostLive
                + " or more (expected: fewer than " + mostLive + ')');
    }

    /** The failure of keeping a chunk whose job is not being processed under its lease. */
    public StoreException leaseLost(ImportChunk chunk) {
        return new StoreException(
                StoreException.Kind.LEASE_LOST,
                database + ": keeping chunk " + chunk.number() + " of job " + chunk.job() + ": lease token: "
                        + chunk.leaseToken() + " (expected: the one it is processed under)");
    }

    /** How many jobs are taken, and by whom. */
    public void take(int limit, JobRecords.Claim claim) {
        check("taking jobs", "limit", limit, 1, MOST_TAKEN);
        check("taking jobs", "characters of the worker", claim.worker().length(), 1, LONGEST_NAME);
        check("taking jobs", "characters of the node", claim.node().length(), 1, LONGEST_NAME);
    }

    /** How many jobs are named at once. */
    public void jobs(String action, Collection<String> ids) {
        check(action, "number of jobs", ids.size(), 0, LONGEST_PAGE);
    }

    /** How far a job is. */
    public void progress(String id, String progress, @Nullable String cursor) {
        note("progress of job " + id, "progress", progress);
        note("progress of job " + id, "cursor", cursor);
    }

    /** How a job ends. */
    public void end(String id, JobState state, @Nullable String result, JobRecord.@Nullable Failure failure) {
        String action = "ending job " + id;
        if (state.live()) {
            throw refusal(action, "state: " + state.text(), "completed, failed or cancelled");
        }
        if (result != null && state != JobState.COMPLETED) {
            throw refusal(action, "result of a job that is " + state.text(), "none");
        }
        if ((failure != null) != (state == JobState.FAILED)) {
            throw refusal(
                    action,
                    (failure == null ? "no failure" : "failure") + " of a job that is " + state.text(),
                    failure == null ? "one" : "none");
        }
        note(action, "result", result);
    }

    /** After how many lost leases jobs are given up, and how many are looked at. */
    public void expire(int mostLost, int limit) {
        check("ending leases", "most lost leases", mostLost, 1, Integer.MAX_VALUE);
        check("ending leases", "limit", limit, 1, MOST_EXPIRED);
    }

    /** Which jobs to list. */
    public void list(JobFilter filter, int limit) {
        limit("listing jobs", limit);
        String before = filter.beforeId();
        check("listing jobs", "characters of the id before", before == null ? 1 : before.length(), 1, LONGEST_NAME);
    }

    /** What happened to proxies. */
    public void happened(CheckBatch happened) {
        String action = "keeping what happened";
        check(action, "characters of the writer", happened.writer().length(), 1, LONGEST_WRITER);
        check(action, "events", happened.events().size(), 1, MOST_EVENTS);
        for (CheckBatch.Noted noted : happened.events()) {
            check(action, "number of a proxy", noted.proxyId(), 1, Long.MAX_VALUE);
        }
    }

    /** How the whole has developed. */
    public void series(List<SeriesHistory.Bucket> buckets) {
        String action = "keeping a series";
        check(action, "buckets", buckets.size(), 0, MOST_BUCKETS);
        for (SeriesHistory.Bucket bucket : buckets) {
            check(action, "characters of the writer", bucket.writer().length(), 1, LONGEST_WRITER);
            if (bucket.width().start(bucket.startMillis()) != bucket.startMillis()) {
                throw refusal(action, "start: " + bucket.startMillis(), "a multiple of its width");
            }
        }
    }

    private void note(String action, String what, @Nullable String text) {
        check(action, "characters of the " + what, text == null ? 0 : text.length(), 0, LONGEST_NOTE);
    }

    private void check(String action, String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw refusal(action, what + ": " + value, least == most ? Long.toString(least) : least + ".." + most);
        }
    }

    private StoreException refusal(String action, String what, String expected) {
        return new StoreException(
                StoreException.Kind.FAILED, database + ": " + action + ": " + what + " (expected: " + expected + ')');
    }

    private static int characters(String text) {
        return text.codePointCount(0, text.length());
    }
}
