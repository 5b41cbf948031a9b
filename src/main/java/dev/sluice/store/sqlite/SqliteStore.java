package dev.sluice.store.sqlite;

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
import dev.sluice.store.schema.Sealing;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The store in a SQLite file: one thread with the writing connection and the calendar, one with the reading connection. */
public final class SqliteStore implements ProxyStore {
    /** What takes the writing thread longer hangs on the disk, or may as well. */
    private static final long SLOW_MILLIS = 10_000;

    private final SqliteThread writing;
    private final SqliteThread reading;
    private final FileOwnership ownership;
    private final SqliteWriter writer;
    private final SqliteReader reader;
    private final Bounds bounds;
    private final SqliteKeys keys;
    private final SqliteSettings settings;
    private final SqliteJobs jobs;
    private final SqliteGeoCache geoCache;
    private final SqliteSearch search;
    private final SqliteHistory history;
    private final SqliteCounting counting;
    private final SqliteCredentials credentials;
    private final Sealing sealing;

    private SqliteStore(
            SqliteThread writing,
            SqliteThread reading,
            FileOwnership ownership,
            SqliteWriter writer,
            SqliteReader reader,
            Bounds bounds,
            SqliteKeys keys,
            SqliteSettings settings,
            SqliteJobs jobs,
            SqliteGeoCache geoCache,
            SqliteSearch search,
            SqliteHistory history,
            SqliteCounting counting,
            SqliteCredentials credentials,
            Sealing sealing) {
        this.writing = writing;
        this.reading = reading;
        this.ownership = ownership;
        this.writer = writer;
        this.reader = reader;
        this.bounds = bounds;
        this.keys = keys;
        this.settings = settings;
        this.jobs = jobs;
        this.geoCache = geoCache;
        this.search = search;
        this.history = history;
        this.counting = counting;
        this.credentials = credentials;
        this.sealing = sealing;
    }

    /**
     * Opens {@code path}, which comes into being with its directory where it is missing, brings its schema up to date
     * and rebuilds the calendar of due work. Fails with LOCKED, SCHEMA_NEWER, FULL or FAILED.
     *
     * @param vault how passwords are stored
     */
    public static Future<SqliteStore> open(Vertx vertx, Path path, InstantSource clock, Vault vault) {
        SqliteFile file = new SqliteFile(path);
        SqliteThread writing = new SqliteThread(vertx, file, "write");
        SqliteThread reading = new SqliteThread(vertx, file, "read");
        SqliteThread searching = new SqliteThread(vertx, file, "search");
        return writing.call("opening", () -> {
                    FileOwnership.makeDirectory(path);
                    FileOwnership ownership = FileOwnership.take(path);
                    try {
                        return open(file, ownership, writing, reading, searching, clock, vault);
                    } catch (SQLException | RuntimeException e) {
                        ownership.close();
                        throw e;
                    }
                })
                .recover(failure -> Future.join(writing.close(), reading.close(), searching.close())
                        .transform(closed -> Future.failedFuture(failure)));
    }

    private static SqliteStore open(
            SqliteFile file,
            FileOwnership ownership,
            SqliteThread writing,
            SqliteThread reading,
            SqliteThread searching,
            InstantSource clock,
            Vault vault)
            throws SQLException {
        Connection write = file.connect();
        try {
            new SqliteMigrator(file, write, clock).up();
            Bounds bounds = new Bounds(file.name());
            Connection read = file.connectToRead();
            SqliteSession writes = new SqliteSession(writing, write);
            SqliteSession reads = new SqliteSession(reading, read);
            SqliteSettings settings = new SqliteSettings(writes, reads, bounds);
            Sealing sealing = new Sealing(vault, settings, file.name());
            SqliteWriter writer = new SqliteWriter(write, clock, bounds, sealing);
            return new SqliteStore(
                    writing,
                    reading,
                    ownership,
                    writer,
                    new SqliteReader(read, sealing),
                    bounds,
                    new SqliteKeys(writes, reads, bounds),
                    settings,
                    new SqliteJobs(writes, reads, bounds),
                    new SqliteGeoCache(writes, reads, bounds),
                    new SqliteSearch(searching, file.connectToRead(), sealing),
                    new SqliteHistory(writes, reads, bounds),
                    new SqliteCounting(reads, bounds),
                    new SqliteCredentials(writing, reads, writer, bounds),
                    sealing);
        } catch (SQLException | RuntimeException e) {
            write.close();
            throw e;
        }
    }

    @Override
    public Future<CandidatesKept> keep(CandidatesFound batch, Merge merge) {
        return sealing.ready(batch).compose(ready -> writing.call("keep", () -> writer.keep(batch, merge)));
    }

    @Override
    public Future<ChunkKept> keepChunk(ImportChunk chunk, Merge merge) {
        return sealing.ready(chunk.entries())
                .compose(ready -> writing.call("keepChunk", () -> writer.keepChunk(chunk, merge)));
    }

    @Override
    public Future<ImportTotals> imported(String job) {
        return reading.call("imported", () -> reader.imported(job));
    }

    @Override
    public JobRecords jobs() {
        return jobs;
    }

    @Override
    public CredentialRows credentials() {
        return credentials;
    }

    @Override
    public Future<Integer> endListing(String source, long fetchedAtMillis) {
        return writing.call("endListing", () -> writer.endListing(source, fetchedAtMillis));
    }

    @Override
    public Future<List<TakenProxy>> takeDue(
            long nowMillis, int lowestPriority, int highestPriority, int limit, long leaseMillis) {
        return writing.call("takeDue", () -> {
            bounds.priorities("takeDue", lowestPriority, highestPriority);
            return writer.takeDue(nowMillis, lowestPriority, highestPriority, limit, leaseMillis);
        });
    }

    @Override
    public Future<List<DueLevel>> backlog(long nowMillis) {
        return writing.call("backlog", () -> writer.backlog(nowMillis));
    }

    @Override
    public Future<Void> giveBack(List<Long> ids) {
        List<Long> copy = List.copyOf(ids);
        return writing.call("giveBack", () -> {
                    writer.giveBack(copy);
                    return true;
                })
                .mapEmpty();
    }

    @Override
    public Future<Integer> write(List<HealthChange> changes, @Nullable CheckBatch happened) {
        List<HealthChange> copy = List.copyOf(changes);
        return writing.call("write", () -> writer.write(copy, happened));
    }

    @Override
    public Future<List<StoredProxy>> alive(long afterId, int limit) {
        return reading.call("alive", () -> reader.alive(afterId, limit));
    }

    @Override
    public Future<List<StoredProxy>> page(long afterId, int limit) {
        return reading.call("page", () -> {
            bounds.limit("page", limit);
            return reader.page(afterId, limit);
        });
    }

    @Override
    public Future<List<StoredProxy>> get(List<Long> ids) {
        List<Long> copy = List.copyOf(ids);
        return reading.call("get", () -> {
            bounds.ids("get", copy.size());
            return reader.get(copy);
        });
    }

    @Override
    public Future<Integer> expedite(List<Long> ids, int priority, long nowMillis) {
        List<Long> copy = List.copyOf(ids);
        return writing.call("expedite", () -> {
            bounds.ids("expedite", copy.size());
            bounds.priority("expedite", priority);
            return writer.expedite(copy, priority, nowMillis);
        });
    }

    @Override
    public Future<Integer> defer(List<Deferral> deferrals, long nowMillis) {
        List<Deferral> copy = List.copyOf(deferrals);
        return writing.call("defer", () -> {
            bounds.ids("defer", copy.size());
            return writer.defer(copy, nowMillis);
        });
    }

    @Override
    public Future<Boolean> override(long id, @Nullable ManualOverride override) {
        return writing.call("override", () -> writer.override(id, override));
    }

    @Override
    public Future<Integer> locate(List<Located> located, long nowMillis) {
        List<Located> copy = List.copyOf(located);
        return writing.call("locate", () -> {
            bounds.located(copy.size());
            return writer.locate(copy, nowMillis);
        });
    }

    @Override
    public Future<List<StoredProxy>> turnedSince(long sinceMillis, long afterId, int limit) {
        return reading.call("turnedSince", () -> {
            bounds.limit("turnedSince", limit);
            return reader.turnedSince(sinceMillis, afterId, limit);
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

    @Override
    public HistoryRecords history() {
        return history;
    }

    @Override
    public Future<Optional<StoredProxy>> find(ProxyKey key) {
        return sealing.ready(key).compose(ready -> reading.call("find", () -> reader.find(key)));
    }

    @Override
    public Counting counting() {
        return counting;
    }

    @Override
    public Future<Integer> archive(long deadSinceMillis, int limit) {
        return writing.call("archive", () -> writer.archive(deadSinceMillis, limit));
    }

    @Override
    public boolean answers() {
        return writing.isBrisk(SLOW_MILLIS);
    }

    @Override
    public Future<Void> close() {
        return Future.join(search.close(), reading.last("closing", reader::close))
                .transform(read -> writing.last("closing", () -> {
                            try (ownership) {
                                writer.close();
                            }
                        })
                        .compose(wrote ->
                                read.succeeded() ? Future.succeededFuture() : Future.failedFuture(read.cause())));
    }

    /** Limits the size of the file, as a full disk does. For tests. */
    Future<Void> limitPages(long pages) {
        return writing.call("limiting", () -> {
                    writer.limitPages(pages);
                    return true;
                })
                .mapEmpty();
    }
}
