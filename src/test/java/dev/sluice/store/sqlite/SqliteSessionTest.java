package dev.sluice.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteSessionTest {
    private static final int NORMAL = 1;
    private static final int FULL = 2;

    @TempDir
    Path directory;

    private Vertx vertx;
    private SqliteThread thread;
    private Connection connection;
    private SqliteSession session;

    @BeforeEach
    void open() throws Exception {
        vertx = Vertx.vertx();
        SqliteFile file = new SqliteFile(directory.resolve("a.db"));
        thread = new SqliteThread(vertx, file, "test");
        connection = file.connect();
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)");
        }
        connection.setAutoCommit(false);
        session = new SqliteSession(thread, connection);
    }

    @AfterEach
    void close() throws Exception {
        await(thread.last("closing", connection::close));
        await(vertx.close());
    }

    @Test
    void onlyWhatMustOutliveTheMachineWaitsForTheDisk() throws Exception {
        assertThat(await(session.call("a", this::synchronous))).isEqualTo(NORMAL);
        assertThat(await(session.durably("b", this::synchronous))).isEqualTo(FULL);
        assertThat(await(session.call("c", this::synchronous))).isEqualTo(NORMAL);
        failure(session.durably("d", statements -> {
            throw new SQLException("refused");
        }));
        assertThat(await(session.call("e", this::synchronous))).isEqualTo(NORMAL);
        assertThat(await(session.durably("f", this::synchronous))).isEqualTo(FULL);
    }

    @Test
    void thoseThatWaitGoTogether() throws Exception {
        CountDownLatch go = hold();
        List<Long> commits = new ArrayList<>();
        List<Future<Integer>> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int n = i;
            all.add(session.durably("adding", statements -> {
                commits.add(uncommitted());
                return insert(statements, n);
            }));
        }
        go.countDown();
        await(Future.all(all));

        assertThat(commits)
                .as("each sees what went before it in its transaction")
                .containsExactly(0L, 1L, 2L, 3L, 4L);
        assertThat(stored()).isEqualTo("0,1,2,3,4");
    }

    @Test
    void oneThatFailsTakesNobodyWithIt() throws Exception {
        CountDownLatch go = hold();
        Future<Integer> first = session.durably("adding", statements -> insert(statements, 1));
        Future<Integer> second = session.durably("adding", statements -> {
            insert(statements, 2);
            throw new StoreException(StoreException.Kind.FAILED, "refused");
        });
        Future<Integer> third = session.durably("adding", statements -> insert(statements, 3));
        go.countDown();

        assertThat(await(first)).isEqualTo(1);
        assertThat(failure(second)).hasMessage("refused");
        assertThat(await(third)).isEqualTo(3);
        assertThat(stored()).isEqualTo("1,3");
    }

    @Test
    void oneThatWasNotAcceptedDoesNotRunWithOthers() throws Exception {
        CountDownLatch go = hold();
        List<Future<Integer>> all = new ArrayList<>();
        for (int i = 0; i < SqliteThread.MAX_WAITING + 50; i++) {
            int n = i;
            all.add(session.durably("adding", statements -> insert(statements, n)));
        }
        go.countDown();
        await(Future.join(all).otherwiseEmpty());

        long accepted = all.stream().filter(Future::succeeded).count();
        assertThat(accepted).isPositive().isLessThan(all.size());
        assertThat(stored().split(",")).hasSize((int) accepted);
    }

    /** Keeps the thread busy until the latch opens. */
    private CountDownLatch hold() {
        CountDownLatch go = new CountDownLatch(1);
        session.call("holding", statements -> {
            try {
                return go.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        return go;
    }

    private int synchronous(SqliteStatements statements) throws SQLException {
        return SqliteSession.rows(statements.get("PRAGMA synchronous"), row -> (int) row.number(0))
                .get(0);
    }

    private static int insert(SqliteStatements statements, int n) throws SQLException {
        statements.get("INSERT INTO t (n) VALUES (?)").setInt(1, n);
        statements.get("INSERT INTO t (n) VALUES (?)").executeUpdate();
        return n;
    }

    /** What this transaction sees beyond what another connection does. */
    private long uncommitted() throws SQLException {
        try (Connection other = new SqliteFile(directory.resolve("a.db")).connectToRead()) {
            return count(connection) - count(other);
        }
    }

    private static long count(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM t")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private String stored() throws Exception {
        return await(session.call(
                "reading",
                statements -> SqliteSession.rows(
                                statements.get("SELECT group_concat(n ORDER BY n) FROM t"),
                                row -> String.valueOf(row.text(0)))
                        .get(0)));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static Throwable failure(Future<?> future) throws Exception {
        await(future.otherwiseEmpty().map(true));
        return future.cause();
    }
}
