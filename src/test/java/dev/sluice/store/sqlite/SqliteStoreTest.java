package dev.sluice.store.sqlite;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.CandidatesKept;
import dev.sluice.port.Merge;
import dev.sluice.port.ProxyHistory;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.store.CheckBatch;
import dev.sluice.store.HistoryLimits;
import dev.sluice.store.MigrationStatus;
import dev.sluice.store.Migrations;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.SqlStoreContract;
import dev.sluice.store.StoreException;
import dev.sluice.store.Stores;
import dev.sluice.store.TakenProxy;
import dev.sluice.store.TestVaults;
import io.vertx.core.Future;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTest extends SqlStoreContract {
    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("data/nested/sluice.db");
    }

    @Override
    protected void prepare() {
        assertThat(file()).doesNotExist();
    }

    @Override
    protected void cleanUp() {
        // the directory goes with the test
    }

    @Override
    protected String url() {
        return "sqlite:" + file();
    }

    @Override
    public boolean isOwned() {
        return true;
    }

    @Override
    public void sql(String statement) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement sql = connection.createStatement()) {
            sql.execute(statement);
        }
    }

    @Override
    public String query(String query) throws Exception {
        return query(file(), query);
    }

    private static String query(Path file, String query) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    @Test
    void itKeepsAWriteAheadLog() throws Exception {
        assertThat(query("PRAGMA journal_mode")).isEqualTo("wal");
    }

    @Test
    void aCopyTakenWhileItIsOpenIsClean() throws Exception {
        keep("a", NOW, many(1_000));
        checkAlive(http(1));
        Path copy = directory.resolve("copy/sluice.db");
        Files.createDirectories(copy.getParent());
        // As a killed process leaves them: the file and its log, nothing checkpointed.
        copy(file(), copy);
        copy(Path.of(file() + "-wal"), Path.of(copy + "-wal"));
        assertThat(Files.size(Path.of(copy + "-wal"))).isPositive();

        ProxyStore reopened = await(Stores.open(vertx, config("sqlite:" + copy), TestVaults.usual()));
        try {
            assertThat(await(reopened.stats()).total()).isEqualTo(1_000);
            assertThat(await(reopened.alive(0, 10))).containsExactly(find(http(1)));
            assertThat(await(reopened.takeDue(NOW, 1, 10, 1_000, LEASE))).hasSize(999);
            assertThat(await(reopened.keep(batch("a", NOW, http(1), http(1_001)), Merge.UPDATE)))
                    .isEqualTo(new CandidatesKept(1, 1));
        } finally {
            await(reopened.close());
        }
        assertThat(query(copy, "PRAGMA integrity_check")).isEqualTo("ok");
        assertThat(query(copy, "SELECT count(*) FROM pragma_foreign_key_check")).isEqualTo("0");
    }

    /** By another process: closing a file in this one would drop the locks SQLite holds on it. */
    private static void copy(Path from, Path to) throws Exception {
        Process process = new ProcessBuilder("cp", from.toString(), to.toString()).start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void theSameProcessDoesNotOpenItTwice() throws Exception {
        StoreException failure = failure(open());

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.LOCKED);
        assertThat(failure)
                .hasMessageContaining(file().toString())
                .hasMessageContaining("pid " + ProcessHandle.current().pid());
        assertThat(failure(Migrations.open(vertx, config(url()))).kind()).isEqualTo(StoreException.Kind.LOCKED);
        assertThat(keep("a", NOW, http(1))).isEqualTo(new CandidatesKept(1, 0));
    }

    @Test
    void anotherProcessDoesNotOpenItEither() throws Exception {
        // a refused attempt in between must not have dropped the lock
        failure(open());

        Process other = other();
        assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(new String(other.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("LOCKED")
                .contains("pid " + ProcessHandle.current().pid());

        await(store.close());
        Process second = other();
        assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(new String(second.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("TAKEN");
        store = await(open());
    }

    private Process other() throws IOException {
        return new ProcessBuilder(
                        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Taker.class.getName(),
                        file().toString())
                .redirectErrorStream(true)
                .start();
    }

    /** Tries to own a database in a process of its own. */
    static final class Taker {
        private Taker() {}

        public static void main(String[] arguments) {
            try {
                FileOwnership.take(Path.of(arguments[0])).close();
                System.out.println("TAKEN");
            } catch (StoreException e) {
                System.out.println(e.kind() + " " + e.getMessage());
            }
        }
    }

    @Test
    void historyMakesRoomForResultsOnAFullDisk() throws Exception {
        keep("a", NOW, many(1_000));
        List<TakenProxy> due = take(NOW, 1_000);
        for (int number = 1; number <= 60; number++) {
            List<CheckBatch.Noted> noted = new ArrayList<>();
            for (TakenProxy taken : due) {
                long at = NOW - 60_000 + number * 1_000L;
                noted.add(new CheckBatch.Noted(
                        taken.id() % 10 + 1, new ProxyHistory.Check(at, FailureReason.NONE, 4_000)));
            }
            await(store.write(List.of(), new CheckBatch("one", number, noted)));
        }
        HistoryLimits limits = new HistoryLimits(Duration.ofDays(30), 400, Duration.ZERO);
        while (await(store.history().fold(limits, NOW)).more()) {
            // Until all of it is folded.
        }
        await(((SqliteStore) store).limitPages(Long.parseLong(query("PRAGMA page_count"))));
        StoreException full = null;
        int added = 0;
        while (full == null) {
            try {
                await(store.keep(batch("a", NOW, ProxyKey.of(Scheme.HTTP, "198.51.100.9", ++added)), Merge.UPDATE));
            } catch (StoreException e) {
                full = e;
            }
        }
        assertThat(full.kind()).isEqualTo(StoreException.Kind.FULL);

        assertThat(await(store.history().shorten())).isPositive();

        await(store.keep(batch("a", NOW, ProxyKey.of(Scheme.HTTP, "198.51.100.9", added)), Merge.UPDATE));
        assertThat(await(store.write(List.of(change(due.get(0), alive(due.get(0), NOW))))))
                .isEqualTo(1);
    }

    @Test
    void aFullDiskIsReportedAndLosesNothing() throws Exception {
        SqliteStore sqlite = (SqliteStore) store;
        keep("a", NOW, many(1_000));
        await(sqlite.limitPages(Long.parseLong(query("PRAGMA page_count")) + 40));
        int acknowledged = 1_000;
        @Nullable StoreException failure = null;
        for (int i = 0; i < 100 && failure == null; i++) {
            List<ProxyKey> keys = new ArrayList<>();
            for (int port = 1; port <= 100; port++) {
                keys.add(ProxyKey.of(dev.sluice.proxy.Scheme.HTTP, "198.51.100." + i, port));
            }
            Future<CandidatesKept> kept = store.keep(batch("a", NOW, keys.toArray(ProxyKey[]::new)), Merge.UPDATE);
            try {
                acknowledged += await(kept).added();
            } catch (StoreException e) {
                failure = e;
            }
        }

        assertThat(requireNonNull(failure).kind()).isEqualTo(StoreException.Kind.FULL);
        assertThat(failure).hasMessageContaining(file().toString());
        assertThat(await(store.stats()).total()).isEqualTo(acknowledged);
        assertThat(await(store.stats()).listedBySource()).containsEntry("a", (long) acknowledged);
        List<TakenProxy> due = take(NOW, 1_000);
        assertThat(due).hasSize(1_000);
        assertThat(await(store.write(List.of(change(due.get(0), alive(due.get(0), NOW))))))
                .as("what needs no room goes on")
                .isEqualTo(1);

        await(sqlite.limitPages(1_000_000));
        assertThat(keep("a", NOW, http(60_000)).added()).isEqualTo(1);
        await(store.close());
        store = await(open());
        assertThat(await(store.stats()).total()).isEqualTo(acknowledged + 1);
        assertThat(query("PRAGMA integrity_check")).isEqualTo("ok");
    }

    @Test
    void aDirectoryThatCannotBeMadeIsReported() throws Exception {
        Path plain = Files.writeString(directory.resolve("plain"), "a file");

        StoreException failure =
                failure(Stores.open(vertx, config("sqlite:" + plain.resolve("sluice.db")), TestVaults.usual()));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.FULL);
        assertThat(failure).hasMessageContaining(plain.toString());
    }

    @Test
    void aFileThatIsNoDatabaseIsReported() throws Exception {
        Path plain =
                Files.writeString(directory.resolve("other.db"), "these are not the bytes of a database ".repeat(99));

        StoreException failure = failure(Stores.open(vertx, config("sqlite:" + plain), TestVaults.usual()));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.FAILED);
        assertThat(failure).hasMessageContaining("other.db");
        assertThat(failure(Stores.open(vertx, config("sqlite:" + plain), TestVaults.usual()))
                        .kind())
                .as("the lock was given back")
                .isEqualTo(StoreException.Kind.FAILED);
    }

    @Test
    void urlsThatNameNoFileAreRefused() throws Exception {
        assertThat(failure(Stores.open(vertx, config("sqlite:"), TestVaults.usual())))
                .hasMessageContaining("expected: sqlite:PATH");
        assertThat(failure(Stores.open(vertx, config("sqlite::memory:"), TestVaults.usual())))
                .hasMessageContaining("of a file");
        assertThat(failure(Stores.open(vertx, config("mysql://u:hidden@h/d"), TestVaults.usual())))
                .hasMessageContaining("mysql")
                .hasMessageNotContaining("hidden");
    }

    @Test
    void aCopyIsMadeBeforeTheSchemaChanges() throws Exception {
        keep("a", NOW, http(1), http(2));
        await(store.close());
        Migrations migrations = await(Migrations.open(vertx, config(url())));
        Path first;
        Path second;
        try {
            MigrationStatus down = await(migrations.down());
            first = Path.of(down.copy());
            second = Path.of(await(migrations.up()).copy());
        } finally {
            await(migrations.close());
        }

        assertThat(first.getFileName().toString()).isEqualTo("sluice.db.v" + NEWEST + ".copy");
        assertThat(second.getFileName().toString()).isEqualTo("sluice.db.v" + (NEWEST - 1) + ".copy");
        assertThat(query(first, "SELECT count(*) FROM proxy")).isEqualTo("2");
        assertThat(query(second, "SELECT max(version) FROM schema_version")).isEqualTo(String.valueOf(NEWEST - 1));

        Migrations again = await(Migrations.open(vertx, config(url())));
        assertThat(await(again.down()).copy()).endsWith("sluice.db.v" + NEWEST + "-2.copy");
        await(again.close());
        store = await(open());
        assertThat(await(store.stats()).total()).isEqualTo(2);
    }

    @Test
    void aNewDatabaseIsNotCopied() throws Exception {
        try (var files = Files.list(file().getParent())) {
            assertThat(files.map(path -> path.getFileName().toString())).noneMatch(name -> name.endsWith(".copy"));
        }
    }
}
