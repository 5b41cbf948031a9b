package dev.sluice.store.postgres;

import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.port.CredentialRows;
import dev.sluice.port.GeoCache;
import dev.sluice.port.JobRecords;
import dev.sluice.port.KeyRecords;
import dev.sluice.port.Merge;
import dev.sluice.port.Settings;
import dev.sluice.port.Vault;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.CheckBatch;
import dev.sluice.store.ChunkKept;
import dev.sluice.store.Counting;
import dev.sluice.store.Deferral;
import dev.sluice.store.DueLevel;
import dev.sluice.store.HealthChange;
import dev.sluice.store.HistoryRecords;
import dev.sluice.store.ImportChunk;
import dev.sluice.store.ImportTotals;
import dev.sluice.store.Located;
import dev.sluice.store.ProxySearch;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.TakenProxy;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.Codes;
import dev.sluice.store.schema.PackedEvents;
import dev.sluice.store.schema.ProxyColumns;
import dev.sluice.store.schema.Sealing;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The store in PostgreSQL. Due work is leased, so that several instances may share a database. */
public final class PostgresStore implements ProxyStore {
    private static final int MAX_SOURCES_REMEMBERED = 10_000;

    private static final Comparator<TakenProxy> URGENCY = Comparator.comparingInt(
                    (TakenProxy taken) -> -taken.health().priority())
            .thenComparingLong(taken -> taken.health().nextCheckAtMillis())
            .thenComparingLong(TakenProxy::id);

    /** Neighbours in the index of identities share its pages; where the database compares bytes nothing is left to sort. */
    private static final Comparator<Candidate> BY_ADDRESS = Comparator.comparing(
                    (Candidate candidate) -> candidate.key().host())
            .thenComparingInt(candidate -> candidate.key().port());

    private final PostgresServer server;
    private final Pool pool;
    private final InstantSource clock;
    private final Bounds bounds;
    private final PostgresKeys keys;
    private final PostgresSettings settings;
    private final PostgresJobs jobs;
    private final Silence watch;
    private final PostgresGeoCache geoCache;
    private final PostgresSearch search;
    private final PostgresHistory history;
    private final PostgresCounting counting;
    private final PostgresCredentials credentials;
    private final Sealing sealing;
    /** Marks the leases of this instance. */
    private final String owner = UUID.randomUUID().toString();

    /** Numbers of sources by name; they never change. */
    private final Map<String, Integer> sources = new ConcurrentHashMap<>();

    private PostgresStore(PostgresServer server, Pool pool, InstantSource clock, Vault vault) {
        this.server = server;
        this.pool = pool;
        this.clock = clock;
        this.bounds = new Bounds(server.name());
        this.keys = new PostgresKeys(server, pool, bounds);
        this.settings = new PostgresSettings(server, pool, bounds);
        this.jobs = new PostgresJobs(server, pool, bounds);
        this.watch = server.watch();
        this.geoCache = new PostgresGeoCache(server, pool, bounds);
        this.search = new PostgresSearch(server, pool, this::stored);
        this.history = new PostgresHistory(server, pool, bounds);
        this.counting = new PostgresCounting(server, pool, clock, bounds, owner);
        this.credentials = new PostgresCredentials(server, pool, bounds);
        this.sealing = new Sealing(vault, settings, server.name());
    }

    /**
     * Connects to {@code url}, trying again for {@code patience}, and brings the schema up to date. Fails with
     * UNAVAILABLE, SCHEMA_NEWER or FAILED.
     *
     * @param connections most connections, 1 and up
     * @param vault how passwords are stored
     */
    public static Future<PostgresStore> open(
            Vertx vertx, String url, int connections, Duration patience, InstantSource clock, Vault vault) {
        PostgresServer server = new PostgresServer(vertx, url);
        return server.connect(connections, patience)
                .compose(pool -> new PostgresMigrator(server, pool, clock)
                        .up()
                        .map(status -> new PostgresStore(server, pool, clock, vault))
                        .recover(failure -> pool.close().transform(closed -> Future.failedFuture(failure))));
    }

    @Override
    public Future<CandidatesKept> keep(CandidatesFound batch, Merge merge) {
        return sealing.ready(batch).compose(ready -> {
            Incoming rows = rows(batch);
            return server.run(
                    "keep",
                    () -> source(pool, batch.source())
                            .onSuccess(source -> remember(batch.source(), source))
                            .compose(source -> keep(pool, batch, rows, source, merge)));
        });
    }

    @Override
    public Future<ChunkKept> keepChunk(ImportChunk chunk, Merge merge) {
        return sealing.ready(chunk.entries()).compose(ready -> keepChunk(chunk, rows(chunk.entries()), merge));
    }

    private Future<ChunkKept> keepChunk(ImportChunk chunk, Incoming rows, Merge merge) {
        return server.run(
                "keepChunk",
                () -> pool.withTransaction(connection -> connection
                        .preparedQuery(PostgresSql.HOLD_LEASE)
                        .execute(Tuple.of(PostgresText.write(chunk.job()), chunk.leaseToken()))
                        .compose(held -> held.size() == 0
                                ? Future.failedFuture(bounds.leaseLost(chunk))
                                : connection
                                        .preparedQuery(PostgresSql.FIND_CHUNK)
                                        .execute(Tuple.of(PostgresText.write(chunk.job()), chunk.number())))
                        .compose(found -> found.size() == 0
                                ? keep(connection, chunk, rows, merge)
                                : Future.succeededFuture(repeated(found)))));
    }

    private Future<ChunkKept> keep(SqlConnection connection, ImportChunk chunk, Incoming rows, Merge merge) {
        CandidatesFound entries = chunk.entries();
        return source(connection, entries.source())
                .compose(source -> keep(connection, entries, rows, source, merge))
                .compose(kept -> connection
                        .preparedQuery(PostgresSql.ADD_CHUNK)
                        .execute(Tuple.of(
                                PostgresText.write(chunk.job()),
                                chunk.number(),
                                chunk.lines(),
                                (long) kept.added(),
                                (long) kept.known(),
                                chunk.rejected(),
                                PostgresText.write(chunk.cursor())))
                        .map(recorded -> new ChunkKept(kept.added(), kept.known(), false)));
    }

    private static ChunkKept repeated(RowSet<Row> found) {
        Row row = found.iterator().next();
        return new ChunkKept(row.getLong(0), row.getLong(1), true);
    }

    @Override
    public Future<ImportTotals> imported(String job) {
        return server.run(
                "imported",
                () -> pool.preparedQuery(PostgresSql.IMPORTED)
                        .execute(Tuple.of(PostgresText.write(job)))
                        .map(rows -> {
                            Row row = rows.iterator().next();
                            return new ImportTotals(
                                    row.getInteger(0),
                                    row.getLong(1),
                                    row.getLong(2),
                                    row.getLong(3),
                                    row.getLong(4),
                                    PostgresText.read(row.getString(5)));
                        }));
    }

    /**
     * What is to be kept.
     *
     * @param others digests under which some may be stored as well; null when none can
     */
    private record Incoming(PostgresArrays rows, @Nullable PostgresArrays others) {
        Tuple parameters(int source, long fetchedAtMillis) {
            Tuple all = rows.tuple().addInteger(source).addLong(fetchedAtMillis);
            PostgresArrays digests = others;
            return digests == null ? all : all.addValue(digests.tuple().getValue(0));
        }
    }

    private Incoming rows(CandidatesFound batch) {
        PostgresArrays rows = new PostgresArrays(batch.candidates().size());
        PostgresArrays others = new PostgresArrays(batch.candidates().size());
        boolean any = false;
        List<Candidate> sorted = new ArrayList<>(batch.candidates());
        sorted.sort(BY_ADDRESS);
        for (Candidate candidate : sorted) {
            Sealing.Stored credentials = sealing.cells(candidate.key());
            rows.number(Codes.of(candidate.key().scheme()));
            rows.text(candidate.key().host());
            rows.number(candidate.key().port());
            rows.text(credentials.user());
            rows.text(credentials.password());
            rows.text(credentials.digest());
            rows.number(candidate.claimedCapabilities());
            rows.text(candidate.claimedCountry());
            rows.next();
            String other = sealing.otherDigest(candidate.key());
            others.text(other);
            others.next();
            any |= other != null;
        }
        return new Incoming(rows, any ? others : null);
    }

    private static Future<CandidatesKept> keep(
            SqlClient client, CandidatesFound batch, Incoming rows, int source, Merge merge) {
        return keep(
                client,
                PostgresSql.forKeeping(merge, rows.others() != null),
                rows.parameters(source, batch.fetchedAtMillis()),
                batch.candidates().size(),
                0,
                true);
    }

    /** Once more where other transactions inserted some of it meanwhile: then they are known, and get listed. */
    private static Future<CandidatesKept> keep(
            SqlClient client, String sql, Tuple parameters, int size, int addedBefore, boolean again) {
        return client.preparedQuery(sql).execute(parameters).compose(rows -> {
            Row row = rows.iterator().next();
            int added = addedBefore + row.getInteger(0);
            if (again && row.getInteger(0) + row.getInteger(1) < size) {
                return keep(client, sql, parameters, size, added, false);
            }
            return Future.succeededFuture(new CandidatesKept(added, size - added));
        });
    }

    private Future<Integer> source(SqlClient client, String name) {
        Integer known = sources.get(name);
        if (known != null) {
            return Future.succeededFuture(known);
        }
        Tuple parameter = Tuple.of(PostgresText.write(name));
        return client.preparedQuery(PostgresSql.FIND_SOURCE)
                .execute(parameter)
                .compose(found -> found.size() > 0
                        ? Future.succeededFuture(found)
                        : client.preparedQuery(PostgresSql.ADD_SOURCE)
                                .execute(parameter)
                                .compose(added -> client.preparedQuery(PostgresSql.FIND_SOURCE)
                                        .execute(parameter)))
                .map(rows -> rows.iterator().next().getInteger(0));
    }

    /** To be called once it is committed: what was rolled back may come back under another number. */
    private void remember(String source, int number) {
        if (sources.size() >= MAX_SOURCES_REMEMBERED) {
            sources.clear();
        }
        sources.put(source, number);
    }

    @Override
    public JobRecords jobs() {
        return jobs;
    }

    @Override
    public HistoryRecords history() {
        return history;
    }

    @Override
    public CredentialRows credentials() {
        return credentials;
    }

    @Override
    public Future<Integer> endListing(String source, long fetchedAtMillis) {
        return server.run(
                "endListing",
                () -> pool.preparedQuery(PostgresSql.END_LISTING)
                        .execute(Tuple.of(PostgresText.write(source), fetchedAtMillis))
                        .map(RowSet::rowCount));
    }

    @Override
    public Future<List<TakenProxy>> takeDue(
            long nowMillis, int lowestPriority, int highestPriority, int limit, long leaseMillis) {
        long end = nowMillis > Long.MAX_VALUE - leaseMillis ? Long.MAX_VALUE : nowMillis + leaseMillis;
        return server.run("takeDue", () -> {
            bounds.priorities("takeDue", lowestPriority, highestPriority);
            return pool.preparedQuery(PostgresSql.TAKE_DUE)
                    .execute(Tuple.of(nowMillis, limit, owner, end, lowestPriority, highestPriority))
                    .map(rows -> {
                        List<TakenProxy> taken = new ArrayList<>(rows.size());
                        for (Row row : rows) {
                            taken.add(ProxyColumns.taken(new PostgresCells(row), sealing.vault()));
                        }
                        taken.sort(URGENCY);
                        return taken;
                    });
        });
    }

    @Override
    public Future<List<DueLevel>> backlog(long nowMillis) {
        return server.run(
                "backlog",
                () -> pool.preparedQuery(PostgresSql.BACKLOG)
                        .execute(Tuple.of(nowMillis, DueLevel.MOST_COUNTED))
                        .map(rows -> {
                            List<DueLevel> levels = new ArrayList<>(rows.size());
                            for (Row row : rows) {
                                levels.add(new DueLevel(row.getInteger(0), row.getLong(1), row.getLong(2)));
                            }
                            return levels;
                        }));
    }

    @Override
    public Future<Void> giveBack(List<Long> ids) {
        Long[] numbers = ids.toArray(Long[]::new);
        return server.run(
                "giveBack",
                () -> pool.preparedQuery(PostgresSql.GIVE_BACK)
                        .execute(Tuple.of(numbers, owner))
                        .mapEmpty());
    }

    @Override
    public Future<Integer> write(List<HealthChange> changes, @Nullable CheckBatch happened) {
        CheckBatch news = happened == null || happened.events().isEmpty() ? null : happened;
        if (changes.isEmpty() && news == null) {
            return Future.succeededFuture(0);
        }
        List<List<HealthChange>> rounds = rounds(changes);
        boolean plain = rounds.size() == 1
                && changes.stream().allMatch(change -> change.spoken().isEmpty());
        return server.run("write", () -> {
            Tuple batch = news == null ? null : batch(news);
            if (plain) {
                List<WriteRow> rows = changes.stream().map(WriteRow::plain).toList();
                return batch == null ? write(pool, rows) : write(pool, rows, batch);
            }
            return pool.withTransaction(connection -> {
                Future<Integer> written = batch == null
                        ? Future.succeededFuture(0)
                        : connection
                                .preparedQuery(PostgresSql.ADD_BATCH)
                                .execute(batch)
                                .map(0);
                for (List<HealthChange> round : rounds) {
                    written = written.compose(
                            before -> writeRound(connection, round).map(count -> before + count));
                }
                return written;
            });
        });
    }

    /** Parameters for what happened. */
    private Tuple batch(CheckBatch happened) {
        bounds.happened(happened);
        PackedEvents packed = PackedEvents.of(happened.events());
        return Tuple.tuple()
                .addString(PostgresText.write(happened.writer()))
                .addLong(happened.number())
                .addLong(clock.millis())
                .addLong((long) packed.events())
                .addLong(packed.firstId())
                .addLong(packed.lastId())
                .addLong(packed.firstAtSeconds())
                .addBuffer(Buffer.buffer(packed.bytes()));
    }

    /** An update from arrays changes a row once: successive changes of one entry go into successive rounds. */
    private static List<List<HealthChange>> rounds(List<HealthChange> changes) {
        List<List<HealthChange>> rounds = new ArrayList<>();
        Map<Long, Integer> seen = new HashMap<>();
        for (HealthChange change : changes) {
            int round = seen.merge(change.id(), 1, Integer::sum) - 1;
            if (round == rounds.size()) {
                rounds.add(new ArrayList<>());
            }
            rounds.get(round).add(change);
        }
        return rounds;
    }

    private static Future<Integer> writeRound(SqlConnection connection, List<HealthChange> changes) {
        List<HealthChange> speaking =
                changes.stream().filter(change -> !change.spoken().isEmpty()).toList();
        if (speaking.isEmpty()) {
            return write(connection, changes.stream().map(WriteRow::plain).toList());
        }
        return resolve(connection, speaking).compose(resolved -> {
            List<WriteRow> rows = new ArrayList<>(changes.size());
            List<Sibling> siblings = new ArrayList<>();
            List<HealthChange> retired = new ArrayList<>();
            for (HealthChange change : changes) {
                Boolean taken = change.spoken().isEmpty() ? null : resolved.get(change.id());
                if (taken == null) {
                    rows.add(WriteRow.plain(change));
                    continue;
                }
                if (taken) {
                    retired.add(change);
                }
                rows.add(WriteRow.resolved(change, taken));
                change.spoken().stream()
                        .distinct()
                        .skip(taken ? 0 : 1)
                        .forEach(scheme -> siblings.add(new Sibling(change, scheme)));
            }
            return write(connection, rows)
                    .compose(count -> addSiblings(connection, siblings)
                            .compose(added -> endListings(connection, retired))
                            .map(ended -> count));
        });
    }

    /** For each change that fits: whether another entry has the scheme already. */
    private static Future<Map<Long, Boolean>> resolve(SqlConnection connection, List<HealthChange> speaking) {
        PostgresArrays rows = new PostgresArrays(speaking.size());
        for (HealthChange change : speaking) {
            rows.number(change.id());
            rows.number(change.expectedVersion());
            rows.number(Codes.of(change.spoken().get(0)));
            rows.next();
        }
        return connection
                .preparedQuery(PostgresSql.RESOLVE)
                .execute(rows.tuple())
                .map(found -> {
                    Map<Long, Boolean> taken = new HashMap<>();
                    for (Row row : found) {
                        taken.put(row.getLong(0), row.getLong(1) != null);
                    }
                    return taken;
                });
    }

    private static Future<Integer> write(SqlClient client, List<WriteRow> changes) {
        return client.preparedQuery(PostgresSql.WRITE)
                .execute(arrays(changes).tuple())
                .map(RowSet::rowCount);
    }

    /** With what happened, in one statement. */
    private static Future<Integer> write(SqlClient client, List<WriteRow> changes, Tuple batch) {
        Tuple parameters = arrays(changes).tuple();
        for (int i = 0; i < batch.size(); i++) {
            parameters.addValue(batch.getValue(i));
        }
        return client.preparedQuery(PostgresSql.WRITE_WITH_BATCH)
                .execute(parameters)
                .map(RowSet::rowCount);
    }

    private static PostgresArrays arrays(List<WriteRow> changes) {
        PostgresArrays rows = new PostgresArrays(changes.size());
        for (WriteRow row : changes) {
            rows.number(row.change.id());
            rows.number(row.change.expectedVersion());
            rows.number(row.newScheme);
            rows.flag(row.retired);
            ProxyColumns.write(row.retired ? ProxyColumns.retired(row.change.after()) : row.change.after(), rows);
            rows.next();
        }
        return rows;
    }

    private static Future<Void> addSiblings(SqlConnection connection, List<Sibling> siblings) {
        if (siblings.isEmpty()) {
            return Future.succeededFuture();
        }
        PostgresArrays entries = new PostgresArrays(siblings.size());
        PostgresArrays listings = new PostgresArrays(siblings.size());
        for (Sibling sibling : siblings) {
            for (PostgresArrays rows : List.of(entries, listings)) {
                rows.number(sibling.of.id());
                rows.number(Codes.of(sibling.scheme));
            }
            entries.number(sibling.of.after().lastCheckedAtMillis());
            entries.next();
            listings.next();
        }
        return connection
                .preparedQuery(PostgresSql.ADD_SIBLINGS)
                .execute(entries.tuple())
                .compose(added ->
                        connection.preparedQuery(PostgresSql.COPY_LISTINGS).execute(listings.tuple()))
                .mapEmpty();
    }

    private static Future<Void> endListings(SqlConnection connection, List<HealthChange> retired) {
        if (retired.isEmpty()) {
            return Future.succeededFuture();
        }
        PostgresArrays rows = new PostgresArrays(retired.size());
        for (HealthChange change : retired) {
            rows.number(change.id());
            rows.number(change.after().lastCheckedAtMillis());
            rows.next();
        }
        return connection
                .preparedQuery(PostgresSql.END_LISTINGS)
                .execute(rows.tuple())
                .mapEmpty();
    }

    @Override
    public Future<List<StoredProxy>> alive(long afterId, int limit) {
        return server.run(
                "alive",
                () -> pool.preparedQuery(PostgresSql.ALIVE)
                        .execute(Tuple.of(afterId, limit))
                        .map(this::stored));
    }

    @Override
    public Future<List<StoredProxy>> page(long afterId, int limit) {
        return server.run("page", () -> {
            bounds.limit("page", limit);
            return pool.preparedQuery(PostgresSql.PAGE)
                    .execute(Tuple.of(afterId, limit))
                    .map(this::stored);
        });
    }

    @Override
    public Future<List<StoredProxy>> get(List<Long> ids) {
        Long[] numbers = ids.toArray(Long[]::new);
        return server.run("get", () -> {
            bounds.ids("get", numbers.length);
            return pool.preparedQuery(PostgresSql.GET)
                    .execute(Tuple.of(numbers))
                    .map(this::stored);
        });
    }

    @Override
    public Future<Integer> expedite(List<Long> ids, int priority, long nowMillis) {
        Long[] numbers = ids.toArray(Long[]::new);
        return server.run("expedite", () -> {
            bounds.ids("expedite", numbers.length);
            bounds.priority("expedite", priority);
            return pool.preparedQuery(PostgresSql.EXPEDITE)
                    .execute(Tuple.of(numbers, priority, nowMillis))
                    .map(RowSet::rowCount);
        });
    }

    @Override
    public Future<Integer> defer(List<Deferral> deferrals, long nowMillis) {
        PostgresArrays rows = new PostgresArrays(deferrals.size());
        for (Deferral deferral : deferrals) {
            rows.number(deferral.id());
            rows.number(deferral.version());
            rows.number(deferral.nextCheckAtMillis());
            rows.next();
        }
        return server.run("defer", () -> {
            bounds.ids("defer", deferrals.size());
            return pool.preparedQuery(PostgresSql.DEFER)
                    .execute(rows.tuple().addLong(nowMillis))
                    .map(RowSet::rowCount);
        });
    }

    @Override
    @SuppressWarnings("NullAway") // null cells
    public Future<Boolean> override(long id, @Nullable ManualOverride override) {
        Long tier = override == null || override.tier() == null ? null : (long) Codes.of(override.tier());
        Long priority = override == null || override.priority() == 0 ? null : (long) override.priority();
        Boolean active = override == null ? null : override.active();
        Long until = override == null || override.untilMillis() == Long.MAX_VALUE ? null : override.untilMillis();
        Long type = override == null || override.type() == null ? null : (long) Codes.of(override.type());
        String tags = override == null ? null : ProxyColumns.tags(override.tags());
        return server.run(
                "override",
                () -> pool.preparedQuery(PostgresSql.OVERRIDE)
                        .execute(Tuple.tuple()
                                .addLong(id)
                                .addLong(tier)
                                .addLong(priority)
                                .addBoolean(active)
                                .addLong(until)
                                .addLong(type)
                                .addString(tags))
                        .map(rows -> rows.rowCount() == 1));
    }

    @Override
    public Future<Integer> locate(List<Located> located, long nowMillis) {
        if (located.isEmpty()) {
            return Future.succeededFuture(0);
        }
        PostgresArrays rows = new PostgresArrays(located.size());
        for (Located one : located) {
            ProxyColumns.writeLocated(one, rows);
            rows.next();
        }
        return server.run("locate", () -> {
            bounds.located(located.size());
            return pool.preparedQuery(PostgresSql.LOCATE)
                    .execute(rows.tuple().addLong(nowMillis))
                    .map(RowSet::rowCount);
        });
    }

    @Override
    public Future<List<StoredProxy>> turnedSince(long sinceMillis, long afterId, int limit) {
        return server.run("turnedSince", () -> {
            bounds.limit("turnedSince", limit);
            return pool.preparedQuery(PostgresSql.TURNED)
                    .execute(Tuple.of(sinceMillis, afterId, limit))
                    .map(this::stored);
        });
    }

    @Override
    public Settings settings() {
        return settings;
    }

    @Override
    public KeyRecords keys() {
        return keys;
    }

    @Override
    public GeoCache geoCache() {
        return geoCache;
    }

    @Override
    public ProxySearch search() {
        return search;
    }

    /** By its digest; else by the one under which an instance that encrypts, or does not, may have stored it. */
    @Override
    public Future<Optional<StoredProxy>> find(ProxyKey key) {
        return sealing.ready(key)
                .compose(ready -> find(key, sealing.digest(key)))
                .compose(found -> {
                    String earlier = found.isEmpty() ? sealing.otherDigest(key) : null;
                    return earlier == null ? Future.succeededFuture(found) : find(key, earlier);
                });
    }

    private Future<Optional<StoredProxy>> find(ProxyKey key, String digest) {
        return server.run(
                "find",
                () -> pool.preparedQuery(PostgresSql.FIND)
                        .execute(Tuple.of(PostgresText.write(key.host()), key.port(), digest, Codes.of(key.scheme())))
                        .map(rows -> stored(rows).stream().findFirst()));
    }

    private List<StoredProxy> stored(RowSet<Row> rows) {
        List<StoredProxy> stored = new ArrayList<>(rows.size());
        for (Row row : rows) {
            String[] lists = row.getArrayOfStrings(ProxyColumns.STORED_COUNT);
            for (int i = 0; i < lists.length; i++) {
                lists[i] = String.valueOf(PostgresText.read(lists[i]));
            }
            Arrays.sort(lists);
            stored.add(ProxyColumns.stored(new PostgresCells(row), List.of(lists), sealing.vault()));
        }
        return stored;
    }

    @Override
    public Counting counting() {
        return counting;
    }

    @Override
    public Future<Integer> archive(long deadSinceMillis, int limit) {
        return server.run(
                "archive",
                () -> pool.preparedQuery(PostgresSql.ARCHIVE)
                        .execute(Tuple.of(clock.millis(), deadSinceMillis, limit))
                        .map(RowSet::rowCount));
    }

    @Override
    public boolean answers() {
        return server.answers();
    }

    @Override
    public Future<Void> close() {
        watch.stop();
        return pool.close();
    }

    /** A change on its way into the table. */
    private record WriteRow(HealthChange change, int newScheme, boolean retired) {
        private static final int SAME_SCHEME = -1;

        static WriteRow plain(HealthChange change) {
            return new WriteRow(change, SAME_SCHEME, false);
        }

        static WriteRow resolved(HealthChange change, boolean taken) {
            return new WriteRow(
                    change, taken ? SAME_SCHEME : Codes.of(change.spoken().get(0)), taken);
        }
    }

    /** A further scheme at the address of an entry. */
    private record Sibling(HealthChange of, Scheme scheme) {}
}
