package dev.sluice.store.memory;

import dev.sluice.cadence.DueCalendar;
import dev.sluice.cadence.HealthRules;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.port.KeyRecord;
import dev.sluice.port.Merge;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.store.ChunkKept;
import dev.sluice.store.Deferral;
import dev.sluice.store.DueLevel;
import dev.sluice.store.HealthChange;
import dev.sluice.store.ImportChunk;
import dev.sluice.store.ImportTotals;
import dev.sluice.store.StoreException;
import dev.sluice.store.StoreStats;
import dev.sluice.store.TakenProxy;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.ProxyColumns;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the store's contract means, in memory. Every change goes through a {@link Table}, whose notes say what is to be
 * written and how to take it back; indexes and the calendar of due work follow the tables. Confined to one thread.
 */
public final class Model {
    private final List<Step<?, ?>> journal = new ArrayList<>();
    private final Table<Long, Entry> entries = new Table<>(Part.ENTRIES, journal, this::follow);
    private final Table<String, String> settings = new Table<>(Part.SETTINGS, journal);
    private final Table<String, KeyRecord> keys = new Table<>(Part.KEYS, journal);
    private final Table<Chunk.Id, Chunk> chunks = new Table<>(Part.CHUNKS, journal);
    private final Map<ProxyKey, Entry> byKey = new HashMap<>();
    private final DueCalendar calendar = new DueCalendar();
    private final Bounds bounds;
    private final int mostEntries;
    private final InstantSource clock;
    /** Numbers of entries that were taken back are not given out again: somebody may be checking under them. */
    private long lastId;

    /**
     * An empty one.
     *
     * @param mostEntries it takes
     * @param clock tells when something was archived
     */
    public Model(Bounds bounds, int mostEntries, InstantSource clock) {
        this.bounds = bounds;
        this.mostEntries = mostEntries;
        this.clock = clock;
    }

    /** Entries by number. */
    public Table<Long, Entry> entries() {
        return entries;
    }

    /** Settings by name. */
    public Table<String, String> settings() {
        return settings;
    }

    /** API keys by id. */
    public Table<String, KeyRecord> keys() {
        return keys;
    }

    /** Chunks of imports. */
    public Table<Chunk.Id, Chunk> chunks() {
        return chunks;
    }

    // What was read from elsewhere.

    /**
     * Takes over an entry, which need not be written. Fails with FULL where there are too many.
     *
     * @return false where there is one of that number or identity already
     */
    public boolean load(Entry entry) {
        if (isFull()) {
            throw full();
        }
        if (entries.get(entry.id()) != null || byKey.containsKey(entry.key())) {
            return false;
        }
        entries.set(entry.id(), entry);
        return true;
    }

    /** Takes over a setting. */
    public void load(String name, String value) {
        settings.set(name, value);
    }

    /** Takes over an API key. */
    public void load(KeyRecord key) {
        keys.set(key.id(), key);
    }

    /** Takes over a chunk. */
    public void load(Chunk chunk) {
        chunks.set(chunk.id(), chunk);
    }

    /** Numbers of new entries lie above it. */
    public void numberAfter(long id) {
        lastId = Math.max(lastId, id);
    }

    /** Highest number that was given out. */
    public long lastId() {
        return lastId;
    }

    // What changed.

    /** Runs {@code work}; where it throws, nothing has changed. @return what it changed, in order */
    List<Step<?, ?>> note(Runnable work) {
        journal.clear();
        try {
            work.run();
        } catch (RuntimeException e) {
            undo(List.copyOf(journal));
            throw e;
        }
        return List.copyOf(journal);
    }

    /** Takes steps back, the last one first. */
    static void undo(List<Step<?, ?>> steps) {
        for (int i = steps.size() - 1; i >= 0; i--) {
            steps.get(i).undo();
        }
    }

    private void follow(@Nullable Entry before, @Nullable Entry after) {
        if (before != null && (after == null || !before.key().equals(after.key()))) {
            byKey.remove(before.key());
        }
        if (after == null) {
            if (before != null) {
                calendar.remove(before.id());
            }
            return;
        }
        byKey.put(after.key(), after);
        lastId = Math.max(lastId, after.id());
        boolean planned = before != null
                && before.archived() == after.archived()
                && before.health().version() == after.health().version();
        if (after.archived()) {
            calendar.remove(after.id());
        } else if (!planned) {
            calendar.put(after.id(), after.health().priority(), after.health().nextCheckAtMillis());
        }
    }

    private void put(Entry entry) {
        entries.put(entry.id(), entry);
    }

    private Entry insert(ProxyKey key, Health health, long nowMillis) {
        Entry entry = Entry.fresh(lastId + 1, key, health, nowMillis);
        put(entry);
        return entry;
    }

    // keep

    CandidatesKept keep(CandidatesFound batch, Merge merge) {
        // An entry that one candidate makes is not what another one of the batch means.
        List<List<Entry>> targets = new ArrayList<>(batch.candidates().size());
        for (Candidate candidate : batch.candidates()) {
            targets.add(matches(candidate.key()));
        }
        int added = 0;
        for (int i = 0; i < targets.size(); i++) {
            Candidate candidate = batch.candidates().get(i);
            if (!targets.get(i).isEmpty()) {
                for (Entry target : targets.get(i)) {
                    merge(target.id(), candidate, batch, merge);
                }
            } else if (!byKey.containsKey(candidate.key())) {
                add(candidate, batch);
                added++;
            }
        }
        return new CandidatesKept(added, batch.candidates().size() - added);
    }

    private void add(Candidate candidate, CandidatesFound batch) {
        if (isFull()) {
            throw full();
        }
        put(Entry.fresh(lastId + 1, candidate.key(), Health.fresh(batch.fetchedAtMillis()), batch.fetchedAtMillis())
                .claiming(candidate)
                .listed(batch.source(), batch.fetchedAtMillis()));
    }

    private boolean isFull() {
        return entries.size() >= mostEntries;
    }

    private StoreException full() {
        return new StoreException(
                StoreException.Kind.FULL,
                bounds.database() + ": entries: more than " + mostEntries + " (expected: at most " + mostEntries
                        + "; SQLite and PostgreSQL hold more)");
    }

    /** An entry that names no scheme means those found at its address, if a check has found any. */
    private List<Entry> matches(ProxyKey key) {
        if (key.scheme() != Scheme.UNKNOWN) {
            Entry entry = byKey.get(key);
            return entry == null ? List.of() : List.of(entry);
        }
        List<Entry> matches = new ArrayList<>();
        for (Scheme scheme : Scheme.values()) {
            Entry entry = byKey.get(key.withScheme(scheme));
            if (entry != null && entry.detected() == (scheme != Scheme.UNKNOWN)) {
                matches.add(entry);
            }
        }
        return matches;
    }

    private void merge(long id, Candidate candidate, CandidatesFound batch, Merge merge) {
        Entry known = entries.get(id);
        if (merge == Merge.SKIP || known == null) {
            return;
        }
        Entry merged = known;
        if (merge == Merge.REPLACE) {
            Health fresh = HealthRules.withVersion(
                    Health.fresh(batch.fetchedAtMillis()), known.health().version() + 1);
            merged = known.with(fresh).archivedAt(0);
        }
        put(merged.claiming(candidate).listed(batch.source(), batch.fetchedAtMillis()));
    }

    ChunkKept keepChunk(ImportChunk chunk, Merge merge) {
        Chunk.Id id = new Chunk.Id(chunk.job(), chunk.number());
        Chunk before = chunks.get(id);
        if (before != null) {
            return new ChunkKept(before.added(), before.known(), true);
        }
        CandidatesKept kept = keep(chunk.entries(), merge);
        chunks.put(id, new Chunk(id, chunk.lines(), kept.added(), kept.known(), chunk.rejected(), chunk.cursor()));
        return new ChunkKept(kept.added(), kept.known(), false);
    }

    private NavigableMap<Chunk.Id, Chunk> chunksOf(String job) {
        return chunks.map().subMap(new Chunk.Id(job, 0), true, new Chunk.Id(job, Integer.MAX_VALUE), true);
    }

    ImportTotals imported(String job) {
        NavigableMap<Chunk.Id, Chunk> parts = chunksOf(job);
        long lines = 0;
        long added = 0;
        long known = 0;
        long rejected = 0;
        for (Chunk chunk : parts.values()) {
            lines += chunk.lines();
            added += chunk.added();
            known += chunk.known();
            rejected += chunk.rejected();
        }
        String cursor = parts.isEmpty() ? null : parts.lastEntry().getValue().cursor();
        return new ImportTotals(parts.size(), lines, added, known, rejected, cursor);
    }

    /** Imports of which there are chunks. */
    Set<String> imports() {
        Set<String> jobs = new TreeSet<>();
        for (Chunk chunk : chunks.all()) {
            jobs.add(chunk.id().job());
        }
        return jobs;
    }

    /** Removes the chunks of an import that is no more. */
    void forgetImport(String job) {
        for (Chunk.Id id : List.copyOf(chunksOf(job).keySet())) {
            chunks.remove(id);
        }
    }

    int endListing(String source, long fetchedAtMillis) {
        List<Entry> ended = new ArrayList<>();
        for (Entry entry : entries.all()) {
            Entry after = entry.unlisted(source, fetchedAtMillis);
            if (after != null) {
                ended.add(after);
            }
        }
        ended.forEach(this::put);
        return ended.size();
    }

    // due work

    List<TakenProxy> takeDue(long nowMillis, int lowest, int highest, int limit, long leaseMillis) {
        List<TakenProxy> taken = new ArrayList<>();
        for (long id : calendar.take(nowMillis, lowest, highest, limit, leaseMillis)) {
            Entry entry = entries.get(id);
            if (entry != null) {
                taken.add(new TakenProxy(id, entry.key(), entry.health(), entry.override()));
            }
        }
        return taken;
    }

    List<DueLevel> backlog(long nowMillis) {
        List<DueLevel> levels = new ArrayList<>();
        for (int priority = DueCalendar.HIGHEST_PRIORITY; priority >= 1; priority--) {
            int due = calendar.due(priority, nowMillis);
            if (due > 0) {
                levels.add(new DueLevel(priority, due, calendar.oldestDueAtMillis(priority)));
            }
        }
        return levels;
    }

    void giveBack(List<Long> ids) {
        for (long id : ids) {
            calendar.giveBack(id);
        }
    }

    /** How many entries are taken. */
    public int taken(long nowMillis) {
        backlog(nowMillis);
        return calendar.flying();
    }

    int expedite(List<Long> ids, int priority, long nowMillis) {
        int due = 0;
        for (long id : new LinkedHashSet<>(ids)) {
            due += calendar.hasten(id, priority, nowMillis) ? 1 : 0;
        }
        return due;
    }

    int defer(List<Deferral> deferrals, long nowMillis) {
        int later = 0;
        for (Deferral deferral : deferrals) {
            Entry entry = entries.get(deferral.id());
            boolean waits = entry != null
                    && !entry.archived()
                    && entry.health().version() == deferral.version()
                    && calendar.hasten(deferral.id(), deferral.priority(), nowMillis);
            if (waits) {
                calendar.put(deferral.id(), deferral.priority(), deferral.nextCheckAtMillis());
                later++;
            }
        }
        return later;
    }

    // health

    int write(List<HealthChange> changes) {
        int written = 0;
        for (HealthChange change : changes) {
            Entry entry = entries.get(change.id());
            if (entry == null || entry.health().version() != change.expectedVersion()) {
                continue;
            }
            if (change.spoken().isEmpty() || entry.key().scheme() != Scheme.UNKNOWN) {
                put(entry.with(change.after()));
            } else {
                resolve(entry, change);
            }
            written++;
        }
        return written;
    }

    /** An entry of unknown scheme turned out to speak something. */
    private void resolve(Entry entry, HealthChange change) {
        List<Scheme> spoken = change.spoken().stream().distinct().toList();
        ProxyKey first = entry.key().withScheme(spoken.get(0));
        long now = change.after().lastCheckedAtMillis();
        boolean taken = byKey.containsKey(first);
        if (taken) {
            put(entry.detectedAs(entry.key())
                    .with(ProxyColumns.retired(change.after()))
                    .unlisted(now)
                    .archivedAt(now));
            addSibling(entry, first, now);
        } else {
            put(entry.detectedAs(first).with(change.after()));
        }
        for (Scheme further : spoken.subList(1, spoken.size())) {
            addSibling(entry, entry.key().withScheme(further), now);
        }
    }

    /**
     * Makes sure of an entry for another scheme at the same address, listed wherever this one is. A store that is full
     * goes without: results of checks are never refused.
     */
    private void addSibling(Entry entry, ProxyKey key, long nowMillis) {
        Entry sibling = byKey.get(key);
        if (sibling == null && isFull()) {
            return;
        }
        if (sibling == null) {
            sibling = insert(key, Health.fresh(nowMillis), nowMillis).claiming(entry);
        } else if (!sibling.health().alive()) {
            sibling = sibling.with(heard(sibling.health(), nowMillis)).archivedAt(0);
        }
        put(sibling.detectedAs(key).listedAs(entry));
    }

    /** Health of a dead entry that was just heard speaking: due at once. */
    private static Health heard(Health dead, long nowMillis) {
        return new Health(
                dead.alive(),
                true,
                dead.verified(),
                dead.capabilities(),
                dead.anonymity(),
                dead.anonymitySeen(),
                dead.tampering(),
                dead.probation(),
                dead.exitAddress(),
                dead.rotation(),
                dead.tier(),
                dead.tierReason(),
                dead.tierSinceMillis(),
                dead.risk(),
                dead.priority(),
                nowMillis,
                dead.checkEveryMillis(),
                dead.stateSinceMillis(),
                dead.lastCheckedAtMillis(),
                dead.lastAliveAtMillis(),
                dead.successRate(),
                dead.latencyMillis(),
                dead.latencies(),
                dead.deep(),
                dead.consecutiveFailures(),
                dead.checks(),
                dead.successes(),
                dead.uses(),
                dead.lastReason(),
                dead.version() + 1);
    }

    boolean override(long id, @Nullable ManualOverride override) {
        Entry entry = entries.get(id);
        if (entry == null) {
            return false;
        }
        put(entry.ordered(override));
        return true;
    }

    int archive(long deadSinceMillis, int limit) {
        List<Entry> longestDead = entries.all().stream()
                .filter(entry -> !entry.archived()
                        && !entry.health().alive()
                        && entry.health().judged()
                        && !(entry.health().tampering() != Tampering.NONE
                                && entry.health().active())
                        && entry.health().stateSinceMillis() <= deadSinceMillis)
                .sorted(Comparator.comparingLong((Entry entry) -> entry.health().stateSinceMillis()))
                .limit(limit)
                .toList();
        long now = Math.max(1, clock.millis());
        longestDead.forEach(entry -> put(entry.archivedAt(now)));
        return longestDead.size();
    }

    // queries

    /** Entries that a condition holds for, by number. */
    List<StoredProxy> select(long afterId, int limit, Predicate<Entry> condition) {
        List<StoredProxy> found = new ArrayList<>();
        for (Entry entry : entries.after(afterId)) {
            if (found.size() >= limit) {
                break;
            }
            if (condition.test(entry)) {
                found.add(entry.stored());
            }
        }
        return found;
    }

    List<StoredProxy> get(Collection<Long> ids) {
        List<StoredProxy> found = new ArrayList<>();
        for (long id : new TreeSet<>(ids)) {
            Entry entry = entries.get(id);
            if (entry != null) {
                found.add(entry.stored());
            }
        }
        return found;
    }

    Optional<StoredProxy> find(ProxyKey key) {
        return Optional.ofNullable(byKey.get(key)).map(Entry::stored);
    }

    StoreStats stats() {
        long alive = 0;
        long never = 0;
        long archived = 0;
        double checksPerSecond = 0;
        Map<Scheme, Long> byScheme = new EnumMap<>(Scheme.class);
        Map<Tier, Long> byTier = new EnumMap<>(Tier.class);
        Map<String, Long> listed = new HashMap<>();
        Map<String, Long> listedAlive = new HashMap<>();
        for (Entry entry : entries.all()) {
            Health health = entry.health();
            alive += health.alive() ? 1 : 0;
            never += health.judged() ? 0 : 1;
            archived += entry.archived() ? 1 : 0;
            long every = health.checkEveryMillis();
            checksPerSecond += entry.archived() || every == 0 ? 0 : 1_000.0 / every;
            byScheme.merge(entry.key().scheme(), 1L, Long::sum);
            byTier.merge(health.tier(), 1L, Long::sum);
            for (Listing listing : entry.listings()) {
                if (listing.current()) {
                    listed.merge(listing.source(), 1L, Long::sum);
                    listedAlive.merge(listing.source(), health.alive() ? 1L : 0L, Long::sum);
                }
            }
        }
        return new StoreStats(
                entries.size(), alive, never, archived, byScheme, byTier, listed, listedAlive, checksPerSecond);
    }

    // API keys

    List<KeyRecord> keysByAge() {
        return keys.all().stream()
                .sorted(Comparator.comparingLong(KeyRecord::createdAtMillis).thenComparing(KeyRecord::id))
                .toList();
    }

    boolean revoke(String id, long atMillis) {
        KeyRecord known = keys.get(id);
        if (known == null || known.revokedAtMillis() > 0) {
            return false;
        }
        keys.put(id, with(known, atMillis, known.lastUsedAtMillis()));
        return true;
    }

    void used(Map<String, Long> lastUsedAtMillis) {
        lastUsedAtMillis.forEach((id, at) -> {
            KeyRecord known = keys.get(id);
            if (known != null && at > known.lastUsedAtMillis()) {
                keys.put(id, with(known, known.revokedAtMillis(), at));
            }
        });
    }

    private static KeyRecord with(KeyRecord key, long revokedAt, long lastUsedAt) {
        return new KeyRecord(
                key.id(),
                key.label(),
                key.roles(),
                key.credentials(),
                key.hash(),
                key.pepperId(),
                key.requestsPerSecond(),
                key.createdAtMillis(),
                key.expiresAtMillis(),
                revokedAt,
                lastUsedAt);
    }
}
