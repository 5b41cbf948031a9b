package dev.sluice.store.sqlite;

import io.vertx.core.Future;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection on its thread, for the small tables: each call is a transaction. Thread-safe. */
final class SqliteSession {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteSession.class);
    /** Works that go to the disk together. */
    private static final int MOST_TOGETHER = 100;

    private final SqliteThread thread;
    private final Connection connection;
    private final SqliteStatements statements;
    /** Accepted by the thread and not run yet, but for some that ran with others meanwhile. */
    private final Queue<Durable<?>> waiting = new ConcurrentLinkedQueue<>();

    /** Shares {@code connection} with whoever else uses it on {@code thread}. */
    SqliteSession(SqliteThread thread, Connection connection) {
        this.thread = thread;
        this.connection = connection;
        this.statements = new SqliteStatements(connection);
    }

    /** Something that blocks, in a transaction. */
    @FunctionalInterface
    interface Work<T> {
        T run(SqliteStatements statements) throws SQLException;
    }

    /** What a row says. */
    @FunctionalInterface
    interface Reading<T> {
        T read(SqliteCells row) throws SQLException;
    }

    /** Runs {@code work}; what it wrote is committed, or nothing of it where it fails. */
    <T> Future<T> call(String action, Work<T> work) {
        return thread.call(action, () -> {
            try {
                T result = work.run(statements);
                if (!connection.getAutoCommit()) {
                    connection.commit();
                }
                return result;
            } catch (SQLException | RuntimeException e) {
                statements.forget(e);
                if (!connection.getAutoCommit()) {
                    SqliteWriter.rollBack(connection, e);
                }
                throw e;
            }
        });
    }

    /**
     * As {@link #call}, but what it wrote survives a crash of the machine too. Waiting for the disk takes longer than
     * all the rest, so those that wait for their turn go with the one whose turn it is, before others that were given
     * earlier. {@code work} may run more than once, if another one that went with it fails.
     */
    <T> Future<T> durably(String action, Work<T> work) {
        Durable<T> one = new Durable<>(work);
        Future<T> result = thread.call(action, () -> {
            if (!one.ran) {
                runTogether(one);
            }
            return one.result();
        });
        if (!result.failed()) {
            waiting.add(one);
        }
        return result;
    }

    private void runTogether(Durable<?> first) {
        List<Durable<?>> together = new ArrayList<>();
        together.add(first);
        while (together.size() < MOST_TOGETHER) {
            Durable<?> next = waiting.poll();
            if (next == null) {
                break;
            }
            if (next != first && !next.ran) {
                together.add(next);
            }
        }
        if (commit(together) != null && together.size() > 1) {
            for (Durable<?> one : together) {
                commit(List.of(one));
            }
        }
    }

    /** Runs and commits them all, or none. @return why none */
    private @Nullable Exception commit(List<Durable<?>> together) {
        Exception failure = null;
        try {
            synchronous("FULL");
            for (Durable<?> one : together) {
                one.run(statements);
            }
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            statements.forget(e);
            SqliteWriter.rollBack(connection, e);
            failure = e;
        }
        for (Durable<?> one : together) {
            one.ran = true;
            one.failure = failure;
        }
        try {
            synchronous("NORMAL");
        } catch (SQLException e) {
            // What was written is written; the next one tries again.
            SqliteWriter.rollBack(connection, e);
            LOG.atWarn().setCause(e).log("Every write waits for the disk until the next job");
        }
        return failure;
    }

    /** How far a commit goes; it can be changed between transactions only, and the driver is always in one. */
    private void synchronous(String level) throws SQLException {
        connection.setAutoCommit(true);
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA synchronous = " + level);
        } finally {
            connection.setAutoCommit(false);
        }
    }

    /**
     * Moves what the log holds into the file, as far as readers allow, so that the log begins anew and takes no more room.
     * On the thread, between transactions: what was begun is committed. A failure is no harm.
     */
    void checkpoint() throws SQLException {
        connection.setAutoCommit(true);
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_checkpoint(RESTART)");
        } catch (SQLException e) {
            LOG.atDebug().setCause(e).log("the log could not be moved into the file");
        } finally {
            connection.setAutoCommit(false);
        }
    }

    /** A work and what came of it. Confined to the thread. */
    private static final class Durable<T> {
        private final Work<T> work;
        private boolean ran;
        private @Nullable T value;
        private @Nullable Exception failure;

        Durable(Work<T> work) {
            this.work = work;
        }

        void run(SqliteStatements statements) throws SQLException {
            value = work.run(statements);
        }

        T result() throws SQLException {
            if (failure instanceof SQLException sql) {
                throw sql;
            }
            if (failure instanceof RuntimeException refusal) {
                throw refusal;
            }
            return Objects.requireNonNull(value);
        }
    }

    /** All rows of a query. */
    <T> Future<List<T>> rows(String action, String sql, Reading<T> reading) {
        return call(action, statements -> rows(statements.get(sql), reading));
    }

    static <T> List<T> rows(PreparedStatement query, Reading<T> reading) throws SQLException {
        List<T> found = new ArrayList<>();
        try (ResultSet rows = query.executeQuery()) {
            SqliteCells cells = new SqliteCells(rows);
            while (rows.next()) {
                found.add(reading.read(cells));
            }
        }
        return found;
    }
}
