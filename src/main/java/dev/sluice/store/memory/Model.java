package dev.sluice.store.memory;

import dev.sluice.cadence.DueCalendar;
import dev.sluice.cadence.HealthRules;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.port.CredentialChange;
import dev.sluice.port.CredentialDigest;
import dev.sluice.port.CredentialRow;
import dev.sluice.port.CredentialRows;
import dev.sluice.port.KeyRecord;
import dev.sluice.port.Merge;
import dev.sluice.port.SourceFigures;
import dev.sluice.port.Vault;
import dev.sluice.proxy.Credentials;
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
import dev.sluice.store.Located;
import dev.sluice.store.ProxyQuery;
import dev.sluice.store.ProxySearch;
import dev.sluice.store.StoreException;
import dev.sluice.store.StoreSlice;
import dev.sluice.store.StoreStats;
import dev.sluice.store.TakenProxy;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.ProxyColumns;
import dev.sluice.store.schema.Sealing;
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
import java.util.PriorityQueue;
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
    private final Map<Identity, Entry> byIdentity = new HashMap<>();
    private final DueCalendar calendar = new DueCalendar();
    private final Bounds bounds;
    private final int mostEntries;
    private final InstantSource clock;
    private final Vault vault;
    /** Numbers of entries that were taken back are not given out again: somebody may be checking under them. */
    private long lastId;

    /**
     * An empty one.
     *
     * @param mostEntries it takes
     * @param clock tells when something was archived
     * @param vault how passwords are stored; ready before anything with credentials comes, but for what is loaded
     */
    public Model(Bounds bounds, int mostEntries, InstantSource clock, Vault vault) {
        this.bounds = bounds;
        this.mostEntries = mostEntries;
        this.clock = clock;
        this.vault = vault;
    }

    /** How passwords are stored. */
    public Vault vault() {
        return vault;
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
        if (entries.get(entry.id()) != null || byIdentity.containsKey(entry.identity())) {
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
        Identity identity = after == null ? null : after.identity();
        if (before != null && !before.identity().equals(identity)) {
            byIdentity.remove(before.identity());
        }
        if (after == null || identity == null) {
            if (before != null) {
                calendar.remove(before.id());
            }
            return;
        }
        byIdentity.put(identity, after);
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

    // keep

    CandidatesKept keep(CandidatesFound batch, Merge merge) {
        // An entry that one candidate makes is not what another one of the batch means.
        List<Identity> identities = new ArrayList<>(batch.candidates().size());
        List<List<Entry>> targets = new ArrayList<>(batch.candidates().size());
        for (Candidate candidate : batch.candidates()) {
            ProxyKey key = candidate.key();
            Identity identity = Identity.of(key, Sealing.digest(vault, key.credentials()));
            identities.add(identity);
            targets.add(matches(identity));
        }
        int added = 0;
        for (int i = 0; i < targets.size(); i++) {
            Candidate candidate = batch.candidates().get(i);
            if (!targets.get(i).isEmpty()) {
                for (Entry target : targets.get(i)) {
                    merge(target.id(), candidate, batch, merge);
                }
            } else if (!byIdentity.containsKey(identities.get(i))) {
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
        ProxyKey key = candidate.key();
        Login login = Login.of(key, vault);
        Health fresh = Health.fresh(batch.fetchedAtMillis());
        put(Entry.fresh(lastId + 1, login.open(key, vault), login, fresh, batch.fetchedAtMillis())
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
    private List<Entry> matches(Identity identity) {
        if (identity.scheme() != Scheme.UNKNOWN) {
            Entry entry = byIdentity.get(identity);
            return entry == null ? List.of() : List.of(entry);
        }
        List<Entry> matches = new ArrayList<>();
        for (Scheme scheme : Scheme.values()) {
            Entry entry = byIdentity.get(identity.withScheme(scheme));
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
        Scheme first = spoken.get(0);
        long now = change.after().lastCheckedAtMillis();
        boolean taken = byIdentity.containsKey(entry.identity().withScheme(first));
        if (taken) {
            put(entry.detectedAs(entry.key().scheme())
                    .with(ProxyColumns.retired(change.after()))
                    .unlisted(now)
                    .archivedAt(now));
            addSibling(entry, first, now);
        } else {
            put(entry.detectedAs(first).with(change.after()));
        }
        for (Scheme further : spoken.subList(1, spoken.size())) {
            addSibling(entry, further, now);
        }
    }

    /**
     * Makes sure of an entry for another scheme at the same address, listed wherever this one is. A store that is full
     * goes without: results of checks are never refused.
     */
    private void addSibling(Entry entry, Scheme scheme, long nowMillis) {
        Entry sibling = byIdentity.get(entry.identity().withScheme(scheme));
        if (sibling == null && isFull()) {
            return;
        }
        if (sibling == null) {
            Health fresh = Health.fresh(nowMillis);
            sibling = Entry.fresh(lastId + 1, entry.key(), entry.login(), fresh, nowMillis)
                    .claiming(entry);
        } else if (!sibling.health().alive()) {
            sibling = sibling.with(heard(sibling.health(), nowMillis)).archivedAt(0);
        }
        put(sibling.detectedAs(scheme).listedAs(entry));
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

    int locate(List<Located> located) {
        int changed = 0;
        for (Located one : located) {
            Entry entry = entries.get(one.id());
            Entry after = entry == null ? null : entry.located(one);
            if (after != null && after != entry) {
                put(after);
                changed++;
            }
        }
        return changed;
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

    /** One with credentials as the program of today stores it, and else as older ones did. */
    Optional<StoredProxy> find(ProxyKey key) {
        Credentials credentials = key.credentials();
        Entry entry = byIdentity.get(Identity.of(key, Sealing.digest(vault, credentials)));
        if (entry == null && credentials != null) {
            entry = byIdentity.get(Identity.of(key, CredentialDigest.of(credentials)));
        }
        return Optional.ofNullable(entry).map(Entry::stored);
    }

    /** The first of all entries that match, in the order of the query; looks at all of them but where they come by number. */
    ProxySearch.Found search(ProxyQuery query) {
        ProxyQuery.Position after = query.after();
        Set<String> hosts = Set.copyOf(query.hosts());
        List<Entry> found = new ArrayList<>();
        if (query.order() == ProxyQuery.Order.ID) {
            for (Entry entry : entries.from(after == null ? null : after.id(), query.descending())) {
                if (found.size() > query.limit()) {
                    break;
                }
                if (matches(query, hosts, entry)) {
                    found.add(entry);
                }
            }
        } else {
            Comparator<Entry> order = Comparator.comparingLong(
                            (Entry entry) -> position(query, entry).value())
                    .thenComparingLong(Entry::id);
            Comparator<Entry> wanted = query.descending() ? order.reversed() : order;
            PriorityQueue<Entry> first = new PriorityQueue<>(wanted.reversed());
            for (Entry entry : entries.all()) {
                if (matches(query, hosts, entry) && (after == null || query.isBehind(position(query, entry), after))) {
                    first.add(entry);
                    if (first.size() > query.limit() + 1) {
                        first.remove();
                    }
                }
            }
            found.addAll(first);
            found.sort(wanted);
        }
        return query.found(found.stream().map(Entry::stored).toList(), null);
    }

    private static ProxyQuery.Position position(ProxyQuery query, Entry entry) {
        return query.position(entry.id(), entry.health());
    }

    private static boolean matches(ProxyQuery query, Set<String> hosts, Entry entry) {
        Health health = entry.health();
        ProxyKey key = entry.key();
        String country = query.country();
        String list = query.list();
        return query.state().holds(health, entry.archived())
                && (query.port() == 0 || query.port() == key.port())
                && (hosts.isEmpty() || hosts.contains(key.host()))
                && (query.schemes().isEmpty() || query.schemes().contains(key.scheme()))
                && (country == null || country.equals(entry.location().country()))
                && (query.asn() == 0 || query.asn() == entry.location().asn())
                && (query.tiers().isEmpty() || query.tiers().contains(health.tier()))
                && (query.reasons().isEmpty() || query.reasons().contains(health.lastReason()))
                && health.checks() >= query.leastChecks()
                && health.checks() <= query.mostChecks()
                && (list == null || entry.isListedBy(list));
    }

    // counts

    StoreSlice slice(long afterId, int limit) {
        Tally tally = new Tally();
        long lastId = 0;
        for (Entry entry : entries.after(afterId)) {
            if (tally.total == limit) {
                break;
            }
            tally.add(entry);
            lastId = entry.id();
        }
        return lastId == 0 ? StoreSlice.NOTHING : new StoreSlice(lastId, tally.sum(), Set.of());
    }

    /** Counts of a slice. */
    private static final class Tally {
        private final Map<Scheme, Long> byScheme = new EnumMap<>(Scheme.class);
        private final Map<Tier, Long> byTier = new EnumMap<>(Tier.class);
        private final Map<String, SourceFigures.Of> bySource = new HashMap<>();
        private int total;
        private long alive;
        private long never;
        private long archived;
        private long located;
        private double checksPerSecond;

        void add(Entry entry) {
            Health health = entry.health();
            total++;
            alive += health.alive() ? 1 : 0;
            never += health.judged() ? 0 : 1;
            archived += entry.archived() ? 1 : 0;
            located += entry.location().isTold() ? 1 : 0;
            long every = health.checkEveryMillis();
            checksPerSecond += entry.archived() || every == 0 ? 0 : 1_000.0 / every;
            byScheme.merge(entry.key().scheme(), 1L, Long::sum);
            byTier.merge(health.tier(), 1L, Long::sum);
            long first = Long.MAX_VALUE;
            int lists = 0;
            for (Listing listing : entry.listings()) {
                first = Math.min(first, listing.firstListedAtMillis());
                lists += listing.current() ? 1 : 0;
            }
            for (Listing listing : entry.listings()) {
                SourceFigures.Of of = figures(listing, health, lists == 1, listing.firstListedAtMillis() == first);
                if (!of.equals(SourceFigures.Of.NOTHING)) {
                    bySource.merge(listing.source(), of, SourceFigures.Of::plus);
                }
            }
        }

        private static SourceFigures.Of figures(Listing listing, Health health, boolean single, boolean foundFirst) {
            long listed = listing.current() ? 1 : 0;
            long alone = single ? listed : 0;
            long alive = health.alive() ? 1 : 0;
            return new SourceFigures.Of(
                    listed,
                    listed * alive,
                    alone,
                    alone * alive,
                    health.judged() ? listed : 0,
                    health.lastAliveAtMillis() > 0 ? listed : 0,
                    foundFirst ? alive : 0,
                    listed * health.checks(),
                    listed * health.successes());
        }

        StoreStats sum() {
            return new StoreStats(total, alive, never, archived, byScheme, byTier, bySource, checksPerSecond, located);
        }
    }

    // passwords

    /** Entries with a password, by number. */
    List<CredentialRow> credentials(long afterId, int limit, boolean plainOnly) {
        List<CredentialRow> rows = new ArrayList<>();
        for (Entry entry : entries.after(afterId)) {
            if (rows.size() == limit) {
                break;
            }
            Credentials credentials = entry.key().credentials();
            if (credentials != null && !(plainOnly && !entry.login().isPlain())) {
                ProxyKey key = entry.key();
                Login login = entry.login();
                rows.add(new CredentialRow(
                        entry.id(), key.host(), key.port(), credentials.user(), login.digest(), login.stored()));
            }
        }
        return rows;
    }

    /** How many passwords begin alike, those in the clear under "". */
    Map<String, Long> countCredentials() {
        Map<String, Long> counts = new HashMap<>();
        for (Entry entry : entries.all()) {
            if (entry.key().credentials() != null) {
                String stored = entry.login().stored();
                int end = Math.min(stored.length(), CredentialRows.KEY_CHARACTERS);
                counts.merge(entry.login().isPlain() ? "" : stored.substring(0, end), 1L, Long::sum);
            }
        }
        return counts;
    }

    CredentialRows.Written reseal(List<CredentialChange> changes, long nowMillis) {
        int written = 0;
        int gaveWay = 0;
        for (CredentialChange change : changes) {
            CredentialRow row = change.row();
            Entry entry = entries.get(row.id());
            if (entry == null || !entry.login().equals(new Login(row.digest(), row.stored()))) {
                continue;
            }
            Entry twin = change.renames() ? byIdentity.get(Identity.of(entry.key(), change.digest())) : null;
            if (twin == null) {
                put(entry.loggingIn(new Login(change.digest(), change.stored()), vault));
            } else {
                giveWay(entry, new Login(change.asideDigest(), change.asideStored()), twin, nowMillis);
                gaveWay++;
            }
            written++;
        }
        return new CredentialRows.Written(written, gaveWay);
    }

    private void giveWay(Entry entry, Login aside, Entry twin, long nowMillis) {
        Entry stands = twin;
        if (entry.health().alive() && !twin.health().alive()) {
            // What was alive until now is worth a look at once.
            stands = twin.with(heard(twin.health(), nowMillis)).archivedAt(0);
        }
        put(stands.listedAs(entry));
        Health retired = HealthRules.withVersion(
                ProxyColumns.retired(entry.health(), nowMillis), entry.health().version() + 1);
        put(entry.loggingIn(aside, vault).with(retired).unlisted(nowMillis).archivedAt(nowMillis));
    }

    /** Has everything written once more, as it is. */
    void touch() {
        if (settings.size() > 0) {
            Map.Entry<String, String> any = settings.map().firstEntry();
            settings.put(any.getKey(), any.getValue());
        }
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
