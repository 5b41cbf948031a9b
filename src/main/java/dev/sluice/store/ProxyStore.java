package dev.sluice.store;

import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.port.CredentialRows;
import dev.sluice.port.GeoCache;
import dev.sluice.port.JobRecords;
import dev.sluice.port.KeyRecords;
import dev.sluice.port.Merge;
import dev.sluice.port.Settings;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.StoredProxy;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where proxies are kept. Every implementation passes {@code ProxyStoreContract}. Thread-safe; no method blocks its
 * caller; every future fails with {@link StoreException}, whose message names the database and what failed.
 *
 * <p>Nothing is ever deleted. Health is written by compare-and-set on its version, so that a late or doubled outcome
 * changes nothing.
 */
public interface ProxyStore {
    /** Most entries that can be asked for by number at once. */
    int MAX_IDS = 1_000;

    /** Setting that holds a random name the database got when it was first opened; its copies share it. */
    String DATABASE_NAME = "database.name";

    /**
     * Stores entries a source lists and marks them as listed by it since this fetch. One transaction.
     *
     * @return how many were new and how many were known
     */
    Future<CandidatesKept> keep(CandidatesFound batch, Merge merge);

    /**
     * Stores a chunk of an import with its checkpoint, in one transaction. Fails with {@link StoreException} of kind
     * LEASE_LOST, and stores nothing, when the job is not being processed under the chunk's lease. A chunk whose number
     * is there already changes nothing.
     */
    Future<ChunkKept> keepChunk(ImportChunk chunk, Merge merge);

    /** What an import has stored so far. */
    Future<ImportTotals> imported(String job);

    /**
     * Marks as no longer listed what {@code source} listed in an earlier fetch than the one begun at
     * {@code fetchedAtMillis}.
     *
     * @return how many entries left the list
     */
    Future<Integer> endListing(String source, long fetchedAtMillis);

    /**
     * Takes work that is due: highest priority first, then longest overdue. What is taken is not handed out again until
     * it was written, given back, or {@code leaseMillis} have passed.
     *
     * @param nowMillis entries whose next check lies at or before it are due
     * @param lowestPriority only entries of this priority and above, 1..10
     * @param highestPriority only entries of this priority and below, {@code lowestPriority}..10
     * @param limit 1..1000
     */
    Future<List<TakenProxy>> takeDue(
            long nowMillis, int lowestPriority, int highestPriority, int limit, long leaseMillis);

    /**
     * How much is due and waits. Not for hot paths: a large database may count for tenths of a second.
     *
     * @return one for each priority of which something is due, highest first
     */
    Future<List<DueLevel>> backlog(long nowMillis);

    /** Hands work back unchecked: it is due again at once. Unknown ids are ignored. */
    Future<Void> giveBack(List<Long> ids);

    /**
     * Writes new states in one transaction; a change whose version no longer fits is left out.
     *
     * @return how many were written
     */
    default Future<Integer> write(List<HealthChange> changes) {
        return write(changes, null);
    }

    /**
     * As {@link #write(List)}, and in the same transaction stores what happened to proxies. What happened is stored whether
     * or not the states that came of it still fit: the checks were made.
     *
     * @param happened null for nothing
     */
    Future<Integer> write(List<HealthChange> changes, @Nullable CheckBatch happened);

    /**
     * Entries that are alive, by id.
     *
     * @param afterId only ids above it; 0 to begin
     * @param limit 1..10000
     */
    Future<List<StoredProxy>> alive(long afterId, int limit);

    /**
     * Everything stored, dead and archived entries included, by id. For passes over all of it, page after page: entries
     * that change meanwhile are as they are when their page is read.
     *
     * @param afterId only ids above it; 0 to begin
     * @param limit 1..10000
     */
    Future<List<StoredProxy>> page(long afterId, int limit);

    /**
     * Entries by number, archived or not, in order of their numbers; those that do not exist are left out.
     *
     * @param ids 1..{@value #MAX_IDS} of them
     */
    Future<List<StoredProxy>> get(List<Long> ids);

    /**
     * Makes entries due now, with this priority until their next change is written: for checks that cannot wait. What is
     * being checked at present, is archived or unknown is left alone. Where due work is kept in memory a restart forgets
     * it, and they are due as they were; there, too, what {@link #find} tells of priority and time does not change.
     *
     * @param ids 1..{@value #MAX_IDS} of them
     * @param priority 1..10
     * @return how many are due now
     */
    Future<Integer> expedite(List<Long> ids, int priority, long nowMillis);

    /**
     * Makes entries due later than they are: for what was seen working meanwhile. What is being checked at present, is
     * archived, unknown, or has changed since it was read is left alone. Where due work is kept in memory a restart
     * forgets it, as with {@link #expedite}.
     *
     * @param deferrals 1..{@value #MAX_IDS} of them
     * @return how many are due later now
     */
    Future<Integer> defer(List<Deferral> deferrals, long nowMillis);

    /**
     * Notes what the administrator ordered for an entry, archived or not; health stays as it is, the caller writes what
     * follows from it.
     *
     * @param override null takes back what was ordered
     * @return whether there is such an entry
     */
    Future<Boolean> override(long id, @Nullable ManualOverride override);

    /**
     * Notes where entries were found to be, in one transaction: what is found takes the place of what lists claim and of
     * what was found before, as {@link dev.sluice.proxy.Location#over} has it. Where an exit is stands only where the
     * exit address is still the one that was looked up. Unknown ids are ignored; health stays as it is.
     *
     * @param located at most {@value #MAX_IDS}, each entry once
     * @return how many entries are known to be elsewhere than before
     */
    Future<Integer> locate(List<Located> located, long nowMillis);

    /**
     * Entries whose {@code alive} changed at or after {@code sinceMillis}, by id: how an instance learns of what others
     * found. Entries that were never alive are left out, but for those that were replaced, which may have been. A change
     * is written some time after the check that found it, so who asks again and again lets the times overlap.
     *
     * @param afterId only ids above it; 0 to begin
     * @param limit 1..10000
     */
    Future<List<StoredProxy>> turnedSince(long sinceMillis, long afterId, int limit);

    /**
     * What was set at run time, and {@link #DATABASE_NAME}. Names have 1..200 characters. Every future fails with
     * {@link StoreException}; its message names the setting, never the value.
     */
    Settings settings();

    /**
     * API keys. Every future fails with {@link StoreException}; its message names the id at most, never label or hash.
     */
    KeyRecords keys();

    /** Jobs. Every future fails with {@link StoreException}; its message names the id at most. */
    JobRecords jobs();

    /** Answers about addresses that are worth keeping. Every future fails with {@link StoreException}. */
    GeoCache geoCache();

    /** Searches of administrators. Every future fails with {@link StoreException}. */
    ProxySearch search();

    /** Histories of proxies and of the whole. */
    HistoryRecords history();

    /** How passwords are stored. */
    CredentialRows credentials();

    /**
     * The entry with this identity, archived or not. One with credentials is looked for as the program of today stores it,
     * and else as older ones did.
     */
    Future<Optional<StoredProxy>> find(ProxyKey key);

    /** Counts in slices. Every future fails with {@link StoreException}. */
    Counting counting();

    /**
     * Counts over everything stored, slice after slice without a pause. Takes seconds on a large database, though no other
     * call waits for it longer than for a slice.
     */
    default Future<StoreStats> stats() {
        return StoreTally.all(counting());
    }

    /**
     * Archives entries that are dead and unused. One that was caught tampering and has not failed for long stays: it is
     * not served, but goes on being checked, so that it can show itself clean.
     *
     * @param deadSinceMillis those whose state has not changed since then
     * @param limit most entries at once
     * @return how many
     */
    Future<Integer> archive(long deadSinceMillis, int limit);

    /**
     * Whether the database answers, as far as is known without asking. Never blocks; false some seconds after it fell silent
     * at the latest, as long as something is asked of it now and then.
     */
    boolean answers();

    /** Ends running work and closes the database. */
    Future<Void> close();
}
