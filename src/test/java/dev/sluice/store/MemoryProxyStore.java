package dev.sluice.store;

import dev.sluice.cadence.HealthRules;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.port.CredentialRows;
import dev.sluice.port.GeoCache;
import dev.sluice.port.JobRecords;
import dev.sluice.port.KeyRecord;
import dev.sluice.port.KeyRecords;
import dev.sluice.port.Merge;
import dev.sluice.port.Settings;
import dev.sluice.port.SourceFigures;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.ProxyColumns;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory that keeps the contract, for tests. It can be made to fail, and to hold its writes until they are
 * let through.
 */
public final class MemoryProxyStore implements ProxyStore {
    private static final class Row {
        private final long id;
        private ProxyKey key;
        /** Whether a check, not a list, told the scheme; or found entries that stand in for this one. */
        private boolean detected;

        private int claimed;
        private Health health;
        private Location location = Location.UNKNOWN;
        private Location exit = Location.UNKNOWN;
        /** The exit address that {@link #exit} is of. */
        private @Nullable String locatedExit;

        private final TreeMap<String, Long> listedAt = new TreeMap<>();
        /** Of every source that ever listed it. */
        private final TreeMap<String, Long> firstListedAt = new TreeMap<>();

        private final long firstSeenAt;
        private boolean archived;
        private long leasedUntil;
        /** Until the next change; 0 where nobody asked for it. */
        private int hurriedPriority;

        private long hurriedAt;
        /** Until the next change; 0 where nobody saw it working. */
        private long deferredTo;

        private @Nullable ManualOverride override;

        Row(long id, ProxyKey key, Health health, long firstSeenAt) {
            this.id = id;
            this.key = key;
            this.health = health;
            this.firstSeenAt = firstSeenAt;
        }

        int priority() {
            return hurriedPriority == 0 ? health.priority() : hurriedPriority;
        }

        long dueAt() {
            if (deferredTo > 0) {
                return deferredTo;
            }
            return hurriedPriority == 0 ? health.nextCheckAtMillis() : Math.min(hurriedAt, health.nextCheckAtMillis());
        }

        boolean due(long nowMillis) {
            return !archived && dueAt() <= nowMillis && leasedUntil <= nowMillis;
        }

        boolean turnedSince(long millis) {
            return health.stateSinceMillis() >= millis
                    && (health.lastAliveAtMillis() > 0 || health.stateSinceMillis() > firstSeenAt);
        }

        void changed(Health after) {
            health = after;
            leasedUntil = 0;
            hurriedPriority = 0;
            deferredTo = 0;
        }

        void claim(Candidate candidate) {
            claimed |= candidate.claimedCapabilities();
            boolean claimable = location.origin() == null || location.origin().equals("source");
            if (candidate.claimedCountry() != null && claimable) {
                location = new Location(
                        location.region(),
                        candidate.claimedCountry(),
                        location.city(),
                        location.asn(),
                        location.organisation(),
                        location.type(),
                        "source");
            }
        }

        boolean locate(Located located) {
            Location locationBefore = location;
            Location exitBefore = exit;
            String locatedExitBefore = locatedExit;
            if (located.address() != null) {
                location = located.address().over(location);
            }
            if (located.exit() != null && Objects.equals(located.exitAddress(), health.exitAddress())) {
                exit = located.exit()
                        .over(Objects.equals(locatedExit, located.exitAddress()) ? exit : Location.UNKNOWN);
                locatedExit = located.exitAddress();
            }
            return !location.equals(locationBefore)
                    || !exit.equals(exitBefore)
                    || !Objects.equals(locatedExit, locatedExitBefore);
        }

        private boolean exitIsKnown() {
            return locatedExit != null && locatedExit.equals(health.exitAddress());
        }

        void list(String source, long atMillis) {
            listedAt.merge(source, atMillis, Math::max);
            firstListedAt.putIfAbsent(source, atMillis);
        }

        StoredProxy stored() {
            return new StoredProxy(
                    id,
                    key,
                    claimed,
                    health,
                    location,
                    exitIsKnown() ? exit : Location.UNKNOWN,
                    List.copyOf(listedAt.keySet()),
                    firstSeenAt,
                    archived,
                    override);
        }
    }

    /** A chunk of an import without its entries. */
    private record RecordedChunk(long lines, CandidatesKept kept, long rejected, String cursor) {}

    private static final Bounds BOUNDS = new Bounds("memory");

    private final Map<String, String> settings =
            new HashMap<>(Map.of(DATABASE_NAME, UUID.randomUUID().toString()));
    private final Map<String, KeyRecord> keys = new HashMap<>();
    private final MemoryJobRecords jobs = new MemoryJobRecords(this::refusal);
    private final MemoryHistory history = new MemoryHistory();
    private final Map<String, TreeMap<Integer, RecordedChunk>> chunks = new HashMap<>();
    private final MemoryGeoCache geoCache = new MemoryGeoCache(BOUNDS, this::refusal);
    private final TreeMap<Long, Row> rows = new TreeMap<>();
    private final Map<ProxyKey, Row> byKey = new HashMap<>();
    private final List<Runnable> heldWrites = new ArrayList<>();
    private final List<Integer> writeSizes = new ArrayList<>();
    private StoreException.@Nullable Kind failing;
    private final List<Runnable> heldTakes = new ArrayList<>();
    private boolean closed;
    private boolean holding;
    private boolean holdingTakes;
    private int attempts;

    /** Every call fails from now on. */
    public synchronized void fail(StoreException.Kind kind) {
        failing = kind;
    }

    /** Every call succeeds again. */
    public synchronized void recover() {
        failing = null;
    }

    /** What was closed answers again, with all it had. */
    public synchronized void reopen() {
        closed = false;
    }

    /** Writes wait from now on. */
    public synchronized void holdWrites() {
        holding = true;
    }

    /** Lets waiting and later writes through. */
    public void releaseWrites() {
        List<Runnable> held;
        synchronized (this) {
            holding = false;
            held = List.copyOf(heldWrites);
            heldWrites.clear();
        }
        held.forEach(Runnable::run);
    }

    /** Writes that wait. */
    public synchronized int heldWrites() {
        return heldWrites.size();
    }

    /** Work is taken from now on, but the answer waits. */
    public synchronized void holdTakes() {
        holdingTakes = true;
    }

    /** Lets waiting and later answers about taken work through. */
    public void releaseTakes() {
        List<Runnable> held;
        synchronized (this) {
            holdingTakes = false;
            held = List.copyOf(heldTakes);
            heldTakes.clear();
        }
        held.forEach(Runnable::run);
    }

    /** Answers about taken work that wait. */
    public synchronized int heldTakes() {
        return heldTakes.size();
    }

    /** Calls of {@link #write}, failed ones included. */
    public synchronized int writeAttempts() {
        return attempts;
    }

    /** How many changes each successful write brought. */
    public synchronized List<Integer> writeSizes() {
        return List.copyOf(writeSizes);
    }

    /** Puts an entry in as it is. */
    public synchronized StoredProxy put(ProxyKey key, Health health, Location location, String... lists) {
        Row row = insert(key, health, health.stateSinceMillis());
        row.location = location;
        for (String list : lists) {
            row.list(list, 1L);
        }
        return row.stored();
    }

    /** Another instance has written this. */
    public synchronized void replace(long id, Health health) {
        Objects.requireNonNull(rows.get(id)).changed(health);
    }

    /** Everything, by id. */
    public synchronized List<StoredProxy> all() {
        return rows.values().stream().map(Row::stored).toList();
    }

    /** The entry with this number. */
    public synchronized StoredProxy byId(long id) {
        return Objects.requireNonNull(rows.get(id)).stored();
    }

    /** Entries that are taken at {@code nowMillis}. */
    public synchronized long leased(long nowMillis) {
        return rows.values().stream().filter(row -> row.leasedUntil > nowMillis).count();
    }

    @Override
    public Future<CandidatesKept> keep(CandidatesFound batch, Merge merge) {
        return answer("keep", () -> add(batch, merge));
    }

    private CandidatesKept add(CandidatesFound batch, Merge merge) {
        List<List<Row>> targets =
                batch.candidates().stream().map(one -> matches(one.key())).toList();
        int added = 0;
        for (int i = 0; i < targets.size(); i++) {
            Candidate candidate = batch.candidates().get(i);
            if (!targets.get(i).isEmpty()) {
                targets.get(i).forEach(row -> merge(row, candidate, batch, merge));
            } else if (!byKey.containsKey(candidate.key())) {
                Row row = insert(candidate.key(), Health.fresh(batch.fetchedAtMillis()), batch.fetchedAtMillis());
                row.claim(candidate);
                row.list(batch.source(), batch.fetchedAtMillis());
                added++;
            }
        }
        return new CandidatesKept(added, batch.candidates().size() - added);
    }

    /** An entry that names no scheme means those found at its address, if a check has found any. */
    private List<Row> matches(ProxyKey key) {
        List<Row> matches = new ArrayList<>();
        for (Scheme scheme : key.scheme() == Scheme.UNKNOWN ? List.of(Scheme.values()) : List.of(key.scheme())) {
            Row row = byKey.get(key.withScheme(scheme));
            if (row != null && (key.scheme() != Scheme.UNKNOWN || row.detected == (scheme != Scheme.UNKNOWN))) {
                matches.add(row);
            }
        }
        return matches;
    }

    private static void merge(Row row, Candidate candidate, CandidatesFound batch, Merge merge) {
        if (merge == Merge.SKIP) {
            return;
        }
        if (merge == Merge.REPLACE) {
            int version = row.health.version() + 1;
            row.changed(HealthRules.withVersion(Health.fresh(batch.fetchedAtMillis()), version));
            row.archived = false;
        }
        row.claim(candidate);
        row.list(batch.source(), batch.fetchedAtMillis());
    }

    @Override
    public Future<ChunkKept> keepChunk(ImportChunk chunk, Merge merge) {
        return answer("keepChunk", () -> {
            if (!jobs.holds(chunk.job(), chunk.leaseToken())) {
                throw BOUNDS.leaseLost(chunk);
            }
            TreeMap<Integer, RecordedChunk> recorded = chunks.computeIfAbsent(chunk.job(), job -> new TreeMap<>());
            RecordedChunk before = recorded.get(chunk.number());
            if (before != null) {
                return new ChunkKept(before.kept.added(), before.kept.known(), true);
            }
            CandidatesKept kept = add(chunk.entries(), merge);
            recorded.put(chunk.number(), new RecordedChunk(chunk.lines(), kept, chunk.rejected(), chunk.cursor()));
            return new ChunkKept(kept.added(), kept.known(), false);
        });
    }

    @Override
    public Future<ImportTotals> imported(String job) {
        return answer("imported", () -> {
            TreeMap<Integer, RecordedChunk> recorded = chunks.getOrDefault(job, new TreeMap<>());
            return new ImportTotals(
                    recorded.size(),
                    recorded.values().stream().mapToLong(RecordedChunk::lines).sum(),
                    recorded.values().stream()
                            .mapToLong(one -> one.kept.added())
                            .sum(),
                    recorded.values().stream()
                            .mapToLong(one -> one.kept.known())
                            .sum(),
                    recorded.values().stream()
                            .mapToLong(RecordedChunk::rejected)
                            .sum(),
                    recorded.isEmpty() ? null : recorded.lastEntry().getValue().cursor());
        });
    }

    private int apply(List<HealthChange> changes, @Nullable CheckBatch happened) {
        int written = apply(changes);
        if (happened != null) {
            history.add(happened);
        }
        return written;
    }

    @Override
    public MemoryHistory history() {
        return history;
    }

    @Override
    public JobRecords jobs() {
        return jobs;
    }

    /** It keeps credentials as they came. */
    @Override
    public CredentialRows credentials() {
        throw new AssertionError("credentials were asked for (expected: of a store that is on a disk)");
    }

    @Override
    public Future<Integer> endListing(String source, long fetchedAtMillis) {
        return answer("endListing", () -> {
            int ended = 0;
            for (Row row : rows.values()) {
                Long at = row.listedAt.get(source);
                if (at != null && at < fetchedAtMillis) {
                    row.listedAt.remove(source);
                    ended++;
                }
            }
            return ended;
        });
    }

    @Override
    public Future<List<TakenProxy>> takeDue(
            long nowMillis, int lowestPriority, int highestPriority, int limit, long leaseMillis) {
        Future<List<TakenProxy>> taken = take(nowMillis, lowestPriority, highestPriority, limit, leaseMillis);
        Promise<List<TakenProxy>> later = Promise.promise();
        synchronized (this) {
            if (!holdingTakes) {
                return taken;
            }
            heldTakes.add(() -> taken.onComplete(later));
        }
        return later.future();
    }

    private Future<List<TakenProxy>> take(long nowMillis, int lowest, int highest, int limit, long leaseMillis) {
        return answer("takeDue", () -> {
            BOUNDS.priorities("takeDue", lowest, highest);
            List<TakenProxy> taken = new ArrayList<>();
            rows.values().stream()
                    .filter(row -> row.due(nowMillis) && row.priority() >= lowest && row.priority() <= highest)
                    .sorted(Comparator.<Row>comparingInt(row -> -row.priority())
                            .thenComparingLong(Row::dueAt)
                            .thenComparingLong(row -> row.id))
                    .limit(limit)
                    .forEach(row -> {
                        row.leasedUntil = nowMillis + leaseMillis;
                        taken.add(new TakenProxy(row.id, row.key, row.health, row.override));
                    });
            return taken;
        });
    }

    @Override
    public Future<List<DueLevel>> backlog(long nowMillis) {
        return answer("backlog", () -> {
            List<DueLevel> levels = new ArrayList<>();
            for (int priority = 10; priority >= 1; priority--) {
                int level = priority;
                LongSummaryStatistics due = rows.values().stream()
                        .filter(row -> row.priority() == level && row.due(nowMillis))
                        .mapToLong(Row::dueAt)
                        .summaryStatistics();
                if (due.getCount() > 0) {
                    levels.add(new DueLevel(level, due.getCount(), due.getMin()));
                }
            }
            return levels;
        });
    }

    @Override
    public Future<Void> giveBack(List<Long> ids) {
        return answer("giveBack", () -> {
            for (long id : ids) {
                Row row = rows.get(id);
                if (row != null) {
                    row.leasedUntil = 0;
                }
            }
            return null;
        });
    }

    @Override
    public Future<Integer> write(List<HealthChange> changes, @Nullable CheckBatch happened) {
        Promise<Integer> later = Promise.promise();
        synchronized (this) {
            attempts++;
            if (!holding) {
                return answer("write", () -> apply(changes, happened));
            }
            heldWrites.add(() -> answer("write", () -> apply(changes, happened)).onComplete(later));
        }
        return later.future();
    }

    private int apply(List<HealthChange> changes) {
        int written = 0;
        for (HealthChange change : changes) {
            Row row = rows.get(change.id());
            if (row == null || row.health.version() != change.expectedVersion()) {
                continue;
            }
            if (change.spoken().isEmpty() || row.key.scheme() != Scheme.UNKNOWN) {
                row.changed(change.after());
                row.archived &= !row.health.alive();
            } else {
                resolve(row, change);
            }
            written++;
        }
        writeSizes.add(written);
        return written;
    }

    /** An entry of unknown scheme turned out to speak something. */
    private void resolve(Row row, HealthChange change) {
        List<Scheme> spoken = change.spoken().stream().distinct().toList();
        ProxyKey first = row.key.withScheme(spoken.get(0));
        long now = change.after().lastCheckedAtMillis();
        boolean taken = byKey.containsKey(first);
        row.detected = true;
        if (taken) {
            row.changed(ProxyColumns.retired(change.after()));
            row.archived = true;
            addSibling(row, first, now);
        } else {
            byKey.remove(row.key);
            row.key = first;
            byKey.put(first, row);
            row.changed(change.after());
            row.archived &= !row.health.alive();
        }
        for (Scheme further : spoken.subList(1, spoken.size())) {
            addSibling(row, row.key.withScheme(further), now);
        }
        if (taken) {
            row.listedAt.clear();
        }
    }

    /** Makes sure of an entry for another scheme at the same address, listed wherever this one is. */
    private void addSibling(Row row, ProxyKey key, long nowMillis) {
        Row sibling = byKey.get(key);
        if (sibling == null) {
            sibling = insert(key, Health.fresh(nowMillis), nowMillis);
            sibling.claimed = row.claimed;
            sibling.location = row.location;
        } else if (!sibling.health.alive()) {
            sibling.changed(heard(sibling.health, nowMillis));
            sibling.archived = false;
        }
        sibling.detected = true;
        for (Map.Entry<String, Long> listing : row.listedAt.entrySet()) {
            sibling.listedAt.merge(listing.getKey(), listing.getValue(), Math::max);
            sibling.firstListedAt.putIfAbsent(
                    listing.getKey(), Objects.requireNonNull(row.firstListedAt.get(listing.getKey())));
        }
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

    @Override
    public Future<List<StoredProxy>> alive(long afterId, int limit) {
        return answer(
                "alive",
                () -> rows.tailMap(afterId, false).values().stream()
                        .filter(row -> row.health.alive())
                        .limit(limit)
                        .map(Row::stored)
                        .toList());
    }

    @Override
    public Future<List<StoredProxy>> page(long afterId, int limit) {
        return answer("page", () -> {
            BOUNDS.limit("page", limit);
            return rows.tailMap(afterId, false).values().stream()
                    .limit(limit)
                    .map(Row::stored)
                    .toList();
        });
    }

    @Override
    public Future<List<StoredProxy>> get(List<Long> ids) {
        return answer("get", () -> {
            BOUNDS.ids("get", ids.size());
            return new TreeSet<>(ids)
                    .stream().filter(rows::containsKey).map(this::byId).toList();
        });
    }

    @Override
    public Future<Integer> expedite(List<Long> ids, int priority, long nowMillis) {
        return answer("expedite", () -> {
            BOUNDS.ids("expedite", ids.size());
            BOUNDS.priority("expedite", priority);
            int due = 0;
            for (long id : new TreeSet<>(ids)) {
                Row row = rows.get(id);
                if (row != null && !row.archived && row.leasedUntil <= nowMillis) {
                    row.hurriedAt = Math.min(row.dueAt(), nowMillis);
                    row.hurriedPriority = priority;
                    row.deferredTo = 0;
                    due++;
                }
            }
            return due;
        });
    }

    @Override
    public Future<Integer> defer(List<Deferral> deferrals, long nowMillis) {
        return answer("defer", () -> {
            BOUNDS.ids("defer", deferrals.size());
            int later = 0;
            for (Deferral deferral : deferrals) {
                Row row = rows.get(deferral.id());
                if (row != null
                        && !row.archived
                        && row.leasedUntil <= nowMillis
                        && row.health.version() == deferral.version()) {
                    row.hurriedPriority = 0;
                    row.deferredTo = deferral.nextCheckAtMillis();
                    later++;
                }
            }
            return later;
        });
    }

    @Override
    public Future<Boolean> override(long id, @Nullable ManualOverride override) {
        return answer("override", () -> {
            Row row = rows.get(id);
            if (row != null) {
                row.override = override;
            }
            return row != null;
        });
    }

    @Override
    public Future<List<StoredProxy>> turnedSince(long sinceMillis, long afterId, int limit) {
        return answer("turnedSince", () -> {
            BOUNDS.limit("turnedSince", limit);
            return rows.tailMap(afterId, false).values().stream()
                    .filter(row -> row.turnedSince(sinceMillis))
                    .limit(limit)
                    .map(Row::stored)
                    .toList();
        });
    }

    @Override
    public Future<Integer> locate(List<Located> located, long nowMillis) {
        return answer("locate", () -> {
            BOUNDS.located(located.size());
            int changed = 0;
            for (Located one : located) {
                Row row = rows.get(one.id());
                changed += row != null && row.locate(one) ? 1 : 0;
            }
            return changed;
        });
    }

    @Override
    public GeoCache geoCache() {
        return geoCache;
    }

    @Override
    public Settings settings() {
        return new MemorySettings();
    }

    @Override
    public KeyRecords keys() {
        return new MemoryKeys();
    }

    /** Looks at everything. */
    @Override
    public ProxySearch search() {
        return query -> answer("searching", () -> {
            Comparator<StoredProxy> order = Comparator.comparingLong(
                            (StoredProxy stored) -> query.position(stored).value())
                    .thenComparingLong(StoredProxy::id);
            List<StoredProxy> found = rows.values().stream()
                    .map(Row::stored)
                    .filter(stored -> ProxySearchContract.matches(query, stored))
                    .filter(stored -> {
                        ProxyQuery.Position after = query.after();
                        return after == null || query.isBehind(query.position(stored), after);
                    })
                    .sorted(query.descending() ? order.reversed() : order)
                    .limit(query.limit() + 1)
                    .toList();
            return query.found(found, null);
        });
    }

    @Override
    public Future<Optional<StoredProxy>> find(ProxyKey key) {
        return answer("find", () -> Optional.ofNullable(byKey.get(key)).map(Row::stored));
    }

    @Override
    public Counting counting() {
        return (afterId, limit) -> answer("counting", () -> {
            BOUNDS.limit("counting", limit);
            List<Row> slice =
                    rows.tailMap(afterId, false).values().stream().limit(limit).toList();
            return slice.isEmpty()
                    ? StoreSlice.NOTHING
                    : new StoreSlice(slice.get(slice.size() - 1).id, count(slice), Set.of());
        });
    }

    private static StoreStats count(List<Row> slice) {
        long alive = 0;
        long never = 0;
        long archived = 0;
        long located = 0;
        double checksPerSecond = 0;
        Map<Scheme, Long> byScheme = new EnumMap<>(Scheme.class);
        Map<Tier, Long> byTier = new EnumMap<>(Tier.class);
        Map<String, SourceFigures.Of> bySource = new HashMap<>();
        for (Row row : slice) {
            alive += row.health.alive() ? 1 : 0;
            never += row.health.judged() ? 0 : 1;
            archived += row.archived ? 1 : 0;
            located += row.location.isTold() ? 1 : 0;
            long every = row.health.checkEveryMillis();
            checksPerSecond += row.archived || every == 0 ? 0 : 1_000.0 / every;
            byScheme.merge(row.key.scheme(), 1L, Long::sum);
            byTier.merge(row.health.tier(), 1L, Long::sum);
            for (String source : row.firstListedAt.keySet()) {
                SourceFigures.Of of = figures(row, source);
                if (!of.equals(SourceFigures.Of.NOTHING)) {
                    bySource.merge(source, of, SourceFigures.Of::plus);
                }
            }
        }
        return new StoreStats(
                slice.size(), alive, never, archived, byScheme, byTier, bySource, checksPerSecond, located);
    }

    private static SourceFigures.Of figures(Row row, String source) {
        long listed = row.listedAt.containsKey(source) ? 1 : 0;
        long alone = row.listedAt.size() == 1 ? listed : 0;
        long alive = row.health.alive() ? 1 : 0;
        boolean first = Collections.min(row.firstListedAt.values()).equals(row.firstListedAt.get(source));
        return new SourceFigures.Of(
                listed,
                listed * alive,
                alone,
                alone * alive,
                row.health.judged() ? listed : 0,
                row.health.lastAliveAtMillis() > 0 ? listed : 0,
                first ? alive : 0,
                listed * row.health.checks(),
                listed * row.health.successes());
    }

    @Override
    public Future<Integer> archive(long deadSinceMillis, int limit) {
        return answer("archive", () -> {
            List<Row> longestDead = rows.values().stream()
                    .filter(row -> !row.archived
                            && !row.health.alive()
                            && row.health.judged()
                            && !(row.health.tampering() != Tampering.NONE && row.health.active())
                            && row.health.stateSinceMillis() <= deadSinceMillis)
                    .sorted(Comparator.comparingLong(row -> row.health.stateSinceMillis()))
                    .limit(limit)
                    .toList();
            longestDead.forEach(row -> row.archived = true);
            return longestDead.size();
        });
    }

    @Override
    public boolean answers() {
        return true;
    }

    @Override
    public synchronized Future<Void> close() {
        closed = true;
        return Future.succeededFuture();
    }

    private Row insert(ProxyKey key, Health health, long nowMillis) {
        Row row = new Row(rows.isEmpty() ? 1 : rows.lastKey() + 1, key, health, nowMillis);
        row.claimed = Capability.NONE;
        rows.put(row.id, row);
        byKey.put(key, row);
        return row;
    }

    private synchronized <T> Future<T> answer(String action, Supplier<T> work) {
        StoreException refusal = refusal(action);
        if (refusal != null) {
            return Future.failedFuture(refusal);
        }
        try {
            return Future.succeededFuture(work.get());
        } catch (StoreException refused) {
            return Future.failedFuture(refused);
        }
    }

    private synchronized @Nullable StoreException refusal(String action) {
        if (closed) {
            return new StoreException(StoreException.Kind.UNAVAILABLE, "memory: closed before " + action);
        }
        return failing == null ? null : new StoreException(failing, "memory: made to fail");
    }

    private final class MemorySettings implements Settings {
        @Override
        public Future<Map<String, String>> all() {
            return answer("reading settings", () -> Map.copyOf(settings));
        }

        @Override
        public Future<Void> put(String name, String value) {
            return answer("setting", () -> {
                BOUNDS.setting(name, value);
                settings.put(name, value);
                return null;
            });
        }

        @Override
        public Future<String> putIfAbsent(String name, String value) {
            return answer("setting what is absent", () -> {
                BOUNDS.setting(name, value);
                return settings.computeIfAbsent(name, absent -> value);
            });
        }

        @Override
        public Future<Void> remove(String name) {
            return answer("removing a setting", () -> {
                settings.remove(name);
                return null;
            });
        }
    }

    private final class MemoryKeys implements KeyRecords {
        @Override
        public Future<List<KeyRecord>> all() {
            return answer(
                    "reading keys",
                    () -> keys.values().stream()
                            .sorted(Comparator.comparingLong(KeyRecord::createdAtMillis)
                                    .thenComparing(KeyRecord::id))
                            .toList());
        }

        @Override
        public Future<Void> add(KeyRecord key) {
            return answer("adding a key", () -> {
                BOUNDS.key(key);
                if (keys.putIfAbsent(key.id(), key) != null) {
                    throw BOUNDS.taken(key);
                }
                return null;
            });
        }

        @Override
        public Future<Boolean> revoke(String id, long atMillis) {
            return answer("revoking a key", () -> {
                BOUNDS.revokedAt(atMillis);
                KeyRecord known = keys.get(id);
                if (known == null || known.revokedAtMillis() > 0) {
                    return false;
                }
                keys.put(id, with(known, atMillis, known.lastUsedAtMillis()));
                return true;
            });
        }

        @Override
        public Future<Void> used(Map<String, Long> lastUsedAtMillis) {
            return answer("noting the use of keys", () -> {
                lastUsedAtMillis.forEach((id, at) -> keys.computeIfPresent(
                        id,
                        (same, known) -> with(known, known.revokedAtMillis(), Math.max(at, known.lastUsedAtMillis()))));
                return null;
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
}
